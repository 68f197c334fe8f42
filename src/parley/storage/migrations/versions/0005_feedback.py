"""Feedback, and the usage of each user."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    id_type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "feedback",
        sa.Column("id", id_type, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=True),
        sa.Column("reaction", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=True),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("instructions_version", sa.String(), nullable=True),
        sa.Column("latency", sa.Float(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint(
            "conversation_id", "message_id", "person_id", name="uq_feedback_conversation_id_message_id_person_id"
        ),
    )
    op.create_table(
        "spendings",
        sa.Column("id", id_type, nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spendings"),
        sa.UniqueConstraint("person_id", "question_id", name="uq_spendings_person_id_question_id"),
    )
    op.create_index("ix_spendings_person_id_at", "spendings", ["person_id", "at"])


def downgrade() -> None:
    op.drop_table("spendings")
    op.drop_table("feedback")
