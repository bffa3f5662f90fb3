"""The first tables: people, their credentials, conversations, the log, and what is searched.

A revision is history: it spells the tables out as they were, and does not follow `storage.models` when that moves on.
A test compares the two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Big = sa.BigInteger()
Kind = sa.String(8)


def upgrade() -> None:
    _people()
    _conversations()
    _log()
    _search()
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    )


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", Id, primary_key=True),
        sa.Column("username", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("search_key", sa.Text, nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("created_at", Big, nullable=False),
    )
    op.create_table(
        "bots",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", Big),
        sa.Column("webhook_url", sa.Text),
        sa.Column("avatar", sa.Text),
        sa.Column("description", sa.Text),
        sa.Column("json_reply", sa.SmallInteger, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("deleted_at", Big),
    )
    op.create_index("bots_by_owner", "bots", ["owner"])
    op.create_index("bots_by_name", "bots", ["name"])
    op.create_table(
        "credentials",
        sa.Column("owner_kind", Kind, primary_key=True),
        sa.Column("owner_id", Big, primary_key=True),
        sa.Column("credential", sa.String(16), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_index("credentials_by_value", "credentials", ["value"], unique=True)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", Kind, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("search_key", sa.Text, nullable=False),
        sa.Column("epoch", Big, nullable=False),
        sa.Column("head", Big, nullable=False),
        sa.Column("direct_key", sa.String(64), unique=True),
        sa.Column("created_at", Big, nullable=False),
    )
    op.create_index("conversations_by_kind", "conversations", ["kind"])
    op.create_table(
        "members",
        sa.Column("conv", Big, primary_key=True),
        sa.Column("kind", Kind, primary_key=True),
        sa.Column("actor", Big, primary_key=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("read", Big, nullable=False),
        sa.Column("received", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("members_by_actor", "members", ["kind", "actor", "conv"])


def _log() -> None:
    op.create_table(
        "messages",
        sa.Column("id", Id, primary_key=True),
        sa.Column("conv", Big, nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("sender_kind", Kind, nullable=False),
        sa.Column("sender", Big, nullable=False),
        sa.Column("cid", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("html", sa.Text),
        sa.Column("reply_to", Big),
        sa.Column("mentions", sa.Text),
        sa.Column("edited", sa.SmallInteger, nullable=False),
        sa.Column("deleted", sa.SmallInteger, nullable=False),
    )
    op.create_index("messages_by_cid", "messages", ["conv", "sender_kind", "sender", "cid"], unique=True)
    op.create_index("messages_by_seq", "messages", ["conv", "seq", "sender_kind", "sender"])
    op.create_table(
        "changes",
        sa.Column("conv", Big, primary_key=True),
        sa.Column("seq", Big, primary_key=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("by_kind", Kind, nullable=False),
        sa.Column("by", Big, nullable=False),
        sa.Column("message", Big),
        sa.Column("payload", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mentions",
        sa.Column("kind", Kind, primary_key=True),
        sa.Column("actor", Big, primary_key=True),
        sa.Column("conv", Big, primary_key=True),
        sa.Column("seq", Big, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reactions",
        sa.Column("message", Big, primary_key=True),
        sa.Column("kind", Kind, primary_key=True),
        sa.Column("actor", Big, primary_key=True),
        sa.Column("emoji", sa.Text, primary_key=True),
        sa.Column("seq", Big, nullable=False),
        sqlite_with_rowid=False,
    )


def _search() -> None:
    op.create_table(
        "search_texts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table("unindexed", sa.Column("id", Id, primary_key=True))
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(text, content='search_texts', content_rowid='id', "
        "tokenize='trigram case_sensitive 1', detail=none, columnsize=0)"
    )
