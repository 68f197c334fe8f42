"""Edits and deletions of messages, new conversations, and the origin of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("answer_ids", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("exchanges", sa.Column("model", sa.String(), nullable=True))
    op.add_column("exchanges", sa.Column("instructions_version", sa.String(), nullable=True))
    op.add_column("exchanges", sa.Column("latency", sa.Float(), nullable=True))
    op.add_column("exchanges", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("exchanges", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("turns", sa.Column("message_id", sa.String(), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("kind", sa.String(), nullable=False, server_default="message"))
    op.add_column("turns", sa.Column("happened_at", sa.String(), nullable=True))
    op.add_column("turns", sa.Column("changes", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE turns SET message_id = activity_id")
    op.create_index("ix_turns_conversation_id_message_id", "turns", ["conversation_id", "message_id"])


def downgrade() -> None:
    op.drop_index("ix_turns_conversation_id_message_id", "turns")
    with op.batch_alter_table("turns") as turns:
        turns.drop_column("changes")
        turns.drop_column("happened_at")
        turns.drop_column("kind")
        turns.drop_column("message_id")
    with op.batch_alter_table("exchanges") as exchanges:
        for column in ("deleted_at", "closed_at", "latency", "instructions_version", "model", "answer_ids"):
            exchanges.drop_column(column)
