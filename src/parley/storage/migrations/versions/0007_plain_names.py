"""Names of the field for tables and columns, and the user of each turn."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The words of the older versions, and those that took their place.
_KINDS = {"hello": "installed", "return": "undeletion"}


def upgrade() -> None:
    _rename_feedback({"person_id": "user_id", "person_name": "user_name"})
    _copy_usage("spendings", "person_id", "usage", "user_id")
    op.execute("ALTER TABLE turns RENAME COLUMN changes TO updates")
    op.add_column("turns", sa.Column("user_id", sa.String(), nullable=True))
    path = "activity #>> '{from,id}'" if _is_postgresql() else "json_extract(activity, '$.from.id')"
    op.execute(f"UPDATE turns SET user_id = {path} WHERE finished_at IS NULL AND activity IS NOT NULL")
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_turns_unfinished_user", "turns", ["user_id"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    _rename_kinds(_KINDS)


def downgrade() -> None:
    _rename_kinds({new: old for old, new in _KINDS.items()})
    op.drop_index("ix_turns_unfinished_user", "turns")
    op.execute("ALTER TABLE turns DROP COLUMN user_id")
    op.execute("ALTER TABLE turns RENAME COLUMN updates TO changes")
    _copy_usage("usage", "user_id", "spendings", "person_id")
    _rename_feedback({"user_id": "person_id", "user_name": "person_name"})


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _rename_feedback(columns: dict[str, str]) -> None:
    """Rename columns; the first one is in the unique constraint, whose name contains it."""
    for old, new in columns.items():
        op.execute(f"ALTER TABLE feedback RENAME COLUMN {old} TO {new}")
    old, new = next(iter(columns.items()))
    prefix = "uq_feedback_conversation_id_message_id"
    with op.batch_alter_table("feedback") as feedback:
        feedback.drop_constraint(f"{prefix}_{old}", type_="unique")
        feedback.create_unique_constraint(f"{prefix}_{new}", ["conversation_id", "message_id", new])


def _copy_usage(old: str, old_user: str, new: str, new_user: str) -> None:
    """Copy the rows into a new table; there are those of one day. The database gives them new ids."""
    op.create_table(
        new,
        sa.Column("id", _ID, nullable=False),
        sa.Column(new_user, sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{new}"),
        sa.UniqueConstraint(new_user, "question_id", name=f"uq_{new}_{new_user}_question_id"),
    )
    op.create_index(f"ix_{new}_{new_user}_at", new, [new_user, "at"])
    op.execute(
        f"INSERT INTO {new} ({new_user}, question_id, at, tokens)"
        f" SELECT {old_user}, question_id, at, tokens FROM {old} ORDER BY id"
    )
    op.drop_table(old)


def _rename_kinds(names: dict[str, str]) -> None:
    """Rename the kinds of turns, also inside the ids by which a repeated activity is recognized."""
    for old, new in names.items():
        op.execute(f"UPDATE turns SET activity_id = '{new}', message_id = '{new}' WHERE activity_id = '{old}'")
        op.execute(f"UPDATE turns SET activity_id = replace(activity_id, ' {old} ', ' {new} ') WHERE kind = '{old}'")
        op.execute(f"UPDATE turns SET kind = '{new}' WHERE kind = '{old}'")
