"""What bots report, and what they hand over as a whole."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Big = sa.BigInteger()
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "bot_logs",
        sa.Column("position", Id, primary_key=True),
        sa.Column("bot", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
    )
    op.create_index("bot_logs_by_bot", "bot_logs", ["bot", "position"])
    op.create_table(
        "bot_messages",
        sa.Column("position", Id, primary_key=True),
        sa.Column("bot", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("author_id", sa.Text),
        sa.Column("author_name", sa.Text),
        sa.Column("thread_id", sa.Text),
        sa.Column("thread_type", sa.String(5), nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
    )
    op.create_index("bot_messages_by_bot", "bot_messages", ["bot", "position"])
    op.create_table(
        "record_totals",
        sa.Column("bot", Big, primary_key=True),
        sa.Column("sort", sa.String(8), primary_key=True),
        sa.Column("total", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bot_data",
        sa.Column("bot", Id, primary_key=True),
        sa.Column("updated_at", Big, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
