"""The tokens of each exchange, as the model server counts them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("input_tokens", sa.Integer(), nullable=True))
    op.add_column("exchanges", sa.Column("output_tokens", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("exchanges") as exchanges:
        exchanges.drop_column("output_tokens")
        exchanges.drop_column("input_tokens")
