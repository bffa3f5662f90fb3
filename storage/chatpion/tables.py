"""The tables of ChatPion's accounts. Times are milliseconds since the epoch, UTC; JSON stands in texts.

No row of theirs is ever deleted that has an id which clients know: ids are never given again.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, String, Table, Text

from storage.models import Id, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("email", Text),
    Column("plan", Text, nullable=False),
    # The bot that speaks in the conversations of all its subscribers.
    Column("bot", BigInteger, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    # The keyed hash, and the master key of it.
    Column("key_id", String(16), nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Index("api_keys_by_account", "account", "name"),
)

# How much of its limits a key has used: the requests of the last minute, as times and numbers, and those of a UTC day.
key_uses = Table(
    "key_uses",
    metadata,
    Column("key", Id, primary_key=True),
    Column("recent", Text, nullable=False),
    Column("day", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
)

# Sealed texts are NULL where there is none; `key_id` is the master key of all three.
social_accounts = Table(
    "social_accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("name", Text),
    Column("url", Text),
    Column("key_id", String(16), nullable=False),
    Column("access_token", LargeBinary, nullable=False),
    Column("app_secret", LargeBinary),
    Column("verify_token", LargeBinary),
    Column("status", String(8), nullable=False),
    Column("connected_at", BigInteger, nullable=False),
    Index("social_accounts_by_account", "account", "platform", "id"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("platform_id", Text, nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("tags", Text, nullable=False),
    Column("fields", Text, nullable=False),
    # Its conversation with the account's bot, and the user that it is in there.
    Column("conv", BigInteger, nullable=False, unique=True),
    Column("user", BigInteger, nullable=False),
    Column("subscribed_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Index("subscribers_by_account", "account", "id"),
    Index("subscribers_by_time", "account", "subscribed_at"),
)
Index(
    "subscribers_by_platform_id",
    subscribers.c.account,
    subscribers.c.platform,
    subscribers.c.platform_id,
    unique=True,
    sqlite_where=subscribers.c.deleted_at.is_(None),
)
Index(
    "subscribers_by_end",
    subscribers.c.account,
    subscribers.c.deleted_at,
    sqlite_where=subscribers.c.deleted_at.is_not(None),
)

# The tags of living subscribers once more, so that a broadcast finds its audience.
subscriber_tags = Table(
    "subscriber_tags",
    metadata,
    Column("account", BigInteger, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("subscriber", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

# What was said to subscribers and by them. `state` is `queued` until the message is in the conversation: from then on
# it only rises, and each step has its time. `seq` and `message` are its place in the log.
letters = Table(
    "letters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("subscriber", BigInteger, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("type", String(8), nullable=False),
    # As it was given, and as the subscriber sees it.
    Column("text", Text, nullable=False),
    Column("body", Text, nullable=False),
    # As it was given (base64 is left out), and the upload that it became.
    Column("attachment", Text),
    Column("file", BigInteger),
    Column("state", String(9), nullable=False),
    Column("error", Text),
    Column("sent_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("read_at", BigInteger),
    Column("failed_at", BigInteger),
    Column("broadcast", BigInteger),
    Column("flow", BigInteger),
    Column("seq", BigInteger),
    Column("message", BigInteger),
    Index("letters_by_account", "account", "id"),
    Index("letters_by_subscriber", "subscriber", "id"),
    Index("letters_by_time", "account", "sent_at"),
)
Index("letters_queued", letters.c.subscriber, sqlite_where=letters.c.state == "queued")
Index("letters_heard", letters.c.message, unique=True, sqlite_where=letters.c.direction == "in")
Index("letters_open", letters.c.subscriber, letters.c.seq, sqlite_where=letters.c.state.in_(("sent", "delivered")))
Index(
    "letters_of_broadcast",
    letters.c.broadcast,
    letters.c.subscriber,
    unique=True,
    sqlite_where=letters.c.broadcast.is_not(None),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("type", String(8), nullable=False),
    Column("attachment", Text),
    Column("file", BigInteger),
    Column("personalize", SmallInteger, nullable=False, default=0),
    Column("track_links", SmallInteger, nullable=False, default=0),
    # Both as they were given; `due_at` is what the schedule means.
    Column("target", Text),
    Column("schedule", Text),
    Column("due_at", BigInteger, nullable=False),
    Column("status", String(9), nullable=False),
    # NULL until it has started, and with that its audience is fixed.
    Column("total", BigInteger),
    Column("sent", BigInteger, nullable=False, default=0),
    Column("failed", BigInteger, nullable=False, default=0),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
    Index("broadcasts_by_account", "account", "id"),
)

# Who is still to get a broadcast; a row goes with the commit that makes its message.
audiences = Table(
    "audiences",
    metadata,
    Column("broadcast", BigInteger, primary_key=True),
    Column("subscriber", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

flows = Table(
    "flows",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("status", String(8), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Index("flows_by_account", "account", "id"),
)

# What was saved, each time; runs finish on the version that they began with.
flow_versions = Table(
    "flow_versions",
    metadata,
    Column("flow", BigInteger, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("definition", Text, nullable=False),
    sqlite_with_rowid=False,
)

# The one flow that a subscriber is in.
flow_runs = Table(
    "flow_runs",
    metadata,
    Column("subscriber", Id, primary_key=True),
    Column("flow", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("run", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Index("flow_runs_by_flow", "flow"),
)

# What waits for its time: `at` that time the actor of this kind and key is told. One row for each of them.
agenda = Table(
    "agenda",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("key", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("agenda_by_time", "at", "kind", "key"),
    sqlite_with_rowid=False,
)

# Where events of an account go.
event_hooks = Table(
    "event_hooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Index("event_hooks_by_account", "account", "id"),
)

links = Table(
    "links",
    metadata,
    Column("token", String(22), primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("letter", BigInteger),
    Column("url", Text, nullable=False),
)

# Clicks, replies and conversions, one row each: what a range of times begins and ends with is counted from here.
happenings = Table(
    "happenings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("what", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("name", Text),
    Column("value", Text),
    Index("happenings_by_time", "account", "at"),
)

# The whole UTC days of a range of times are read from here: counted when it happens, under the day that it counts for.
tallies = Table(
    "tallies",
    metadata,
    Column("account", BigInteger, primary_key=True),
    Column("day", BigInteger, primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("what", String(16), primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
