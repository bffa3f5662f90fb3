"""Commands that bots are to carry out, how many of each, and which bots were there."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Big = sa.BigInteger()
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("position", Id, primary_key=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("bot", Big, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String(9), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("leased_until", Big),
        sa.Column("holder", sa.String(64)),
        sa.Column("completed_at", Big),
        sa.Column("result", sa.Text),
    )
    op.create_index("commands_by_bot", "commands", ["bot", "position"])
    op.create_index("commands_pending", "commands", ["bot", "position"], sqlite_where=sa.text("completed_at IS NULL"))
    op.create_index(
        "commands_leased", "commands", ["bot", "leased_until"], sqlite_where=sa.text("leased_until IS NOT NULL")
    )
    op.create_table(
        "command_totals",
        sa.Column("bot", Id, primary_key=True),
        sa.Column("pending", Big, nullable=False),
        sa.Column("completed", Big, nullable=False),
        sa.Column("failed", Big, nullable=False),
    )
    op.create_table(
        "command_types",
        sa.Column("bot", Big, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("total", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bot_presence",
        sa.Column("bot", Id, primary_key=True),
        sa.Column("online", sa.SmallInteger, nullable=False),
        sa.Column("last_active", Big, nullable=False),
    )
