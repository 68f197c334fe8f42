"""The user of each exchange, so that a member of a group can have their own messages deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("user_id", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("exchanges") as exchanges:
        exchanges.drop_column("user_id")
