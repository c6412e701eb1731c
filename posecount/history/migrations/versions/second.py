"""How far which joint moved in a repetition."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of repetitions before, neither is known."""
    op.add_column("repetitions", sa.Column("joint", sa.String(20), nullable=False, server_default=""))
    op.add_column("repetitions", sa.Column("degrees", sa.Double()))
