"""Bots' threads may be one with conversations; a call in the outbox may carry what is to be said."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Big = sa.BigInteger()


def upgrade() -> None:
    op.add_column("outbox", sa.Column("body", sa.Text))
    op.create_table(
        "bridges",
        sa.Column("bot", Big, primary_key=True),
        sa.Column("conv", Big, primary_key=True),
        sa.Column("thread_type", sa.String(5), nullable=False),
        sa.Column("thread_id", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("bridges_by_thread", "bridges", ["bot", "thread_type", "thread_id"], unique=True)
