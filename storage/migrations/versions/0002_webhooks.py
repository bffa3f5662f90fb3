"""Calls of webhooks wait in an outbox; a bot may have an address for events, and its `json_reply` has a meaning."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Big = sa.BigInteger()


def upgrade() -> None:
    op.add_column("bots", sa.Column("events_url", sa.Text))
    # 0001 took true and false for it, without effect: now it would mean that JSON is ignored.
    op.execute("UPDATE bots SET json_reply = 0")
    op.create_table(
        "outbox",
        sa.Column("position", Id, primary_key=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("receiver", Big, nullable=False),
        sa.Column("conv", Big, nullable=False),
        sa.Column("message", Big, nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("by_bot", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", Big, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("created_at", Big, nullable=False),
    )
    op.create_index("outbox_by_lane", "outbox", ["kind", "receiver", "state", "next_at"])
    op.create_index("outbox_by_bots", "outbox", ["conv", "kind", "seq"], sqlite_where=sa.text("by_bot = 1"))
