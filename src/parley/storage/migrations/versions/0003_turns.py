"""Turns, and the message that an exchange answers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("activity", sa.JSON(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.Column("sent_ids", sa.JSON(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.UniqueConstraint("conversation_id", "activity_id", name="uq_turns_conversation_id_activity_id"),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_turns_unfinished", "turns", ["conversation_id"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    op.create_index("ix_turns_finished_at", "turns", ["finished_at"])
    op.add_column("exchanges", sa.Column("activity_id", sa.String(), nullable=True))
    op.create_index("ix_exchanges_conversation_id_activity_id", "exchanges", ["conversation_id", "activity_id"])


def downgrade() -> None:
    op.drop_index("ix_exchanges_conversation_id_activity_id", "exchanges")
    with op.batch_alter_table("exchanges") as exchanges:
        exchanges.drop_column("activity_id")
    op.drop_table("turns")
