"""Files that messages carry. The files themselves are beside the database, named by their digests."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Big = sa.BigInteger()


def upgrade() -> None:
    op.add_column("messages", sa.Column("attached", sa.SmallInteger))
    op.create_table(
        "attachments",
        sa.Column("id", Id, primary_key=True),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner", Big, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("saved_at", Big, nullable=False),
        sa.Column("used", sa.SmallInteger, nullable=False),
    )
    op.create_index("attachments_by_digest", "attachments", ["digest"])
    op.create_index("attachments_by_age", "attachments", ["used", "saved_at"])
    op.create_table(
        "message_attachments",
        sa.Column("message", Big, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("attachment", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("message_attachments_by_attachment", "message_attachments", ["attachment"])
