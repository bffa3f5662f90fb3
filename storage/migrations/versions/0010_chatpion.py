"""ChatPion's accounts: keys, subscribers, messages with their status, broadcasts, flows, and what is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Big = sa.BigInteger()
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Platform = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("email", sa.Text),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("bot", Big, nullable=False, unique=True),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("updated_at", Big, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("revoked_at", Big),
    )
    op.create_index("api_keys_by_account", "api_keys", ["account", "name"])
    op.create_table(
        "key_uses",
        sa.Column("key", Id, primary_key=True),
        sa.Column("recent", sa.Text, nullable=False),
        sa.Column("day", Big, nullable=False),
        sa.Column("used", Big, nullable=False),
    )
    op.create_table(
        "social_accounts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("platform", Platform, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("access_token", sa.LargeBinary, nullable=False),
        sa.Column("app_secret", sa.LargeBinary),
        sa.Column("verify_token", sa.LargeBinary),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("connected_at", Big, nullable=False),
    )
    op.create_index("social_accounts_by_account", "social_accounts", ["account", "platform", "id"])
    op.create_table(
        "subscribers",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("platform", Platform, nullable=False),
        sa.Column("platform_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("conv", Big, nullable=False, unique=True),
        sa.Column("user", Big, nullable=False),
        sa.Column("subscribed_at", Big, nullable=False),
        sa.Column("deleted_at", Big),
    )
    op.create_index("subscribers_by_account", "subscribers", ["account", "id"])
    op.create_index("subscribers_by_time", "subscribers", ["account", "subscribed_at"])
    op.create_table(
        "subscriber_tags",
        sa.Column("account", Big, primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("subscriber", Big, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "letters",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("subscriber", Big, nullable=False),
        sa.Column("platform", Platform, nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("type", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attachment", sa.Text),
        sa.Column("file", Big),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("sent_at", Big, nullable=False),
        sa.Column("delivered_at", Big),
        sa.Column("read_at", Big),
        sa.Column("failed_at", Big),
        sa.Column("broadcast", Big),
        sa.Column("flow", Big),
        sa.Column("seq", Big),
        sa.Column("message", Big),
    )
    op.create_index("letters_by_account", "letters", ["account", "id"])
    op.create_index("letters_by_subscriber", "letters", ["subscriber", "id"])
    op.create_index("letters_by_time", "letters", ["account", "sent_at"])
    op.create_table(
        "broadcasts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("type", sa.String(8), nullable=False),
        sa.Column("attachment", sa.Text),
        sa.Column("file", Big),
        sa.Column("personalize", sa.SmallInteger, nullable=False),
        sa.Column("track_links", sa.SmallInteger, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("schedule", sa.Text),
        sa.Column("due_at", Big, nullable=False),
        sa.Column("status", sa.String(9), nullable=False),
        sa.Column("total", Big),
        sa.Column("sent", Big, nullable=False),
        sa.Column("failed", Big, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("started_at", Big),
        sa.Column("completed_at", Big),
    )
    op.create_index("broadcasts_by_account", "broadcasts", ["account", "id"])
    op.create_table(
        "audiences",
        sa.Column("broadcast", Big, primary_key=True),
        sa.Column("subscriber", Big, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flows",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("updated_at", Big, nullable=False),
        sa.Column("deleted_at", Big),
    )
    op.create_index("flows_by_account", "flows", ["account", "id"])
    op.create_table(
        "flow_versions",
        sa.Column("flow", Big, primary_key=True),
        sa.Column("version", Big, primary_key=True),
        sa.Column("definition", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flow_runs",
        sa.Column("subscriber", Id, primary_key=True),
        sa.Column("flow", Big, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("started_at", Big, nullable=False),
    )
    op.create_index("flow_runs_by_flow", "flow_runs", ["flow"])
    op.create_table(
        "agenda",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("key", Big, primary_key=True),
        sa.Column("at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("agenda_by_time", "agenda", ["at", "kind", "key"])
    op.create_table(
        "event_hooks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("deleted_at", Big),
    )
    op.create_index("event_hooks_by_account", "event_hooks", ["account", "id"])
    op.create_table(
        "links",
        sa.Column("token", sa.String(22), primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("platform", Platform, nullable=False),
        sa.Column("letter", Big),
        sa.Column("url", sa.Text, nullable=False),
    )
    op.create_table(
        "happenings",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account", Big, nullable=False),
        sa.Column("platform", Platform, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("value", sa.Text),
    )
    op.create_index("happenings_by_time", "happenings", ["account", "at"])
    op.create_table(
        "tallies",
        sa.Column("account", Big, primary_key=True),
        sa.Column("day", Big, primary_key=True),
        sa.Column("platform", Platform, primary_key=True),
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("count", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    _create_partial_indexes()


def _create_partial_indexes() -> None:
    op.create_index(
        "subscribers_by_platform_id",
        "subscribers",
        ["account", "platform", "platform_id"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "subscribers_by_end",
        "subscribers",
        ["account", "deleted_at"],
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("letters_heard", "letters", ["message"], unique=True, sqlite_where=sa.text("direction = 'in'"))
    op.create_index(
        "outbox_by_object",
        "outbox",
        ["kind", "receiver", "conv", "message", "position"],
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_index("letters_queued", "letters", ["subscriber"], sqlite_where=sa.text("state = 'queued'"))
    op.create_index(
        "letters_open", "letters", ["subscriber", "seq"], sqlite_where=sa.text("state IN ('sent', 'delivered')")
    )
    op.create_index(
        "letters_of_broadcast",
        "letters",
        ["broadcast", "subscriber"],
        unique=True,
        sqlite_where=sa.text("broadcast IS NOT NULL"),
    )
