"""Every table. Times are milliseconds since the epoch, UTC; people are keyed by (kind, id).

The log of a conversation is the union of `messages` and `changes` by `seq`: a message is its own log row and holds
today's content, so that publishing writes one row, not two. What keeps the union free of holes and doubles is
`conversations.head`, which every commit moves from exactly the event before its first one.

No foreign keys to people: deleting a bot keeps what it said, and `kind` would need two nullable columns each.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, String, Table, Text

# SQLite makes a column its 64-bit row id only when the type says INTEGER; elsewhere ids need a bigint.
Id = BigInteger().with_variant(Integer, "sqlite")
Kind = String(8)

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("search_key", Text, nullable=False),
    Column("role", String(8), nullable=False),
    Column("password_hash", Text),
    Column("email", Text),
    Column("created_at", BigInteger, nullable=False),
    # The same without case, by which they are unique. NULL for the younger of two that differed only by case.
    Column("username_key", Text),
    Column("email_key", Text),
    # As it was given; `name` is what is shown.
    Column("fullname", Text),
    Column("phone", Text),
    Column("birthday", Text),
    Column("gender", Text),
    Column("last_login", BigInteger),
    # A deleted user keeps id and name, for what it said, and nothing else.
    Column("deleted_at", BigInteger),
    Index("users_by_username_key", "username_key", unique=True),
    Index("users_by_email_key", "email_key", unique=True),
)

bots = Table(
    "bots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", BigInteger),
    Column("webhook_url", Text),
    Column("events_url", Text),
    Column("avatar", Text),
    Column("description", Text),
    Column("json_reply", SmallInteger, nullable=False, default=0),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    # JSON objects of whoever manages the bot; NULL for an empty one.
    Column("metadata", Text),
    Column("settings", Text),
    Index("bots_by_owner", "owner"),
    Index("bots_by_name", "name"),
)

# A keyed hash of what others present, the sealed text of what the hub uses or shows again; `key_id` is the master key
# of both. A rotated credential is another row, with another `id`.
credentials = Table(
    "credentials",
    metadata,
    Column("owner_kind", Kind, primary_key=True),
    Column("owner_id", BigInteger, primary_key=True),
    Column("credential", String(16), primary_key=True),
    Column("id", BigInteger, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("hash", LargeBinary),
    Column("sealed", LargeBinary),
    Index("credentials_by_id", "id", unique=True),
    Index("credentials_by_hash", "hash", unique=True),
)

# What lets somebody in on the web for a while: a `session`, or one setting of a new password (`reset`). Keyed hashes.
passes = Table(
    "passes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("user", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("passes_by_user", "user"),
    Index("passes_by_end", "expires_at"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Kind, nullable=False),
    Column("name", Text),
    Column("search_key", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("direct_key", String(64), unique=True),
    Column("created_at", BigInteger, nullable=False),
    Index("conversations_by_kind", "kind"),
)

members = Table(
    "members",
    metadata,
    Column("conv", BigInteger, primary_key=True),
    Column("kind", Kind, primary_key=True),
    Column("actor", BigInteger, primary_key=True),
    Column("role", String(8), nullable=False),
    Column("read", BigInteger, nullable=False, default=0),
    Column("received", BigInteger, nullable=False, default=0),
    Index("members_by_actor", "kind", "actor", "conv"),
    sqlite_with_rowid=False,
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conv", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sender_kind", Kind, nullable=False),
    Column("sender", BigInteger, nullable=False),
    Column("cid", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("html", Text),
    Column("reply_to", BigInteger),
    Column("mentions", Text),
    Column("edited", SmallInteger, nullable=False, default=0),
    Column("deleted", SmallInteger, nullable=False, default=0),
    # How many files it came with; NULL for none, so that a page without any asks for none.
    Column("attached", SmallInteger),
    Index("messages_by_cid", "conv", "sender_kind", "sender", "cid", unique=True),
    # The sender stands in it so that unread messages are counted without touching the rows.
    Index("messages_by_seq", "conv", "seq", "sender_kind", "sender"),
)

# Every event that is no message. `edited` rows hold no text: a replay shows today's.
changes = Table(
    "changes",
    metadata,
    Column("conv", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("type", String(16), nullable=False),
    Column("by_kind", Kind, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("message", BigInteger),
    Column("payload", Text),
    sqlite_with_rowid=False,
)

mentions = Table(
    "mentions",
    metadata,
    Column("kind", Kind, primary_key=True),
    Column("actor", BigInteger, primary_key=True),
    Column("conv", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

reactions = Table(
    "reactions",
    metadata,
    Column("message", BigInteger, primary_key=True),
    Column("kind", Kind, primary_key=True),
    Column("actor", BigInteger, primary_key=True),
    Column("emoji", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The folded text of every message that is in the full-text index, keyed by the message.
search_texts = Table(
    "search_texts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("text", Text, nullable=False),
)

# Messages whose text the full-text index does not have yet, or has as it was.
unindexed = Table("unindexed", metadata, Column("id", Id, primary_key=True))

# Uploads. `digest` names the file, which several of them may share. `used` ones were in a message: they last as long as
# messages carry them, the others for a day.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner_kind", Kind, nullable=False),
    Column("owner", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("used", SmallInteger, nullable=False, default=0),
    Index("attachments_by_digest", "digest"),
    Index("attachments_by_age", "used", "saved_at"),
)

# What messages carry, in order. A deleted message carries nothing any more.
message_attachments = Table(
    "message_attachments",
    metadata,
    Column("message", BigInteger, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("attachment", BigInteger, nullable=False),
    Index("message_attachments_by_attachment", "attachment"),
    sqlite_with_rowid=False,
)

# Calls of webhooks, written in the transaction of the message that causes them; `position` is their order. A `pending`
# one is due at `next_at`; `by_bot` ones are counted, so that bots do not call each other for ever. What a bot is to
# say waits here as well, without a message: its text is the `body`, until it is said.
outbox = Table(
    "outbox",
    metadata,
    Column("position", Id, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("receiver", BigInteger, nullable=False),
    Column("conv", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("by_bot", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("outcome", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("body", Text),
    Index("outbox_by_lane", "kind", "receiver", "state", "next_at"),
)
# What a call is about, in lanes that keep the order of each object.
Index(
    "outbox_by_object",
    outbox.c.kind,
    outbox.c.receiver,
    outbox.c.conv,
    outbox.c.message,
    outbox.c.position,
    sqlite_where=outbox.c.state == "pending",
)
Index("outbox_by_bots", outbox.c.conv, outbox.c.kind, outbox.c.seq, sqlite_where=outbox.c.by_bot == 1)

# Who has ever had a client of the AuroriaLink view, and since when.
views = Table(
    "views",
    metadata,
    Column("user", Id, primary_key=True),
    Column("since", BigInteger, nullable=False),
)

# Up to which `seq` such a user has everything. A conversation without a row is one in which nothing was confirmed yet.
view_positions = Table(
    "view_positions",
    metadata,
    Column("user", BigInteger, primary_key=True),
    Column("conv", BigInteger, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What bots are to do, in the order of `position`. Pending is what has no `completed_at`; one that is leased is held by
# `holder`, a session of the bot, or by whoever polled. It is free again when `leased_until` has passed.
commands = Table(
    "commands",
    metadata,
    Column("position", Id, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("bot", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", String(9), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("leased_until", BigInteger),
    Column("holder", String(64)),
    Column("completed_at", BigInteger),
    Column("result", Text),
    Index("commands_by_bot", "bot", "position"),
)
Index("commands_pending", commands.c.bot, commands.c.position, sqlite_where=commands.c.completed_at.is_(None))
Index("commands_leased", commands.c.bot, commands.c.leased_until, sqlite_where=commands.c.leased_until.is_not(None))

# How many commands there are, so that nobody has to count them.
command_totals = Table(
    "command_totals",
    metadata,
    Column("bot", Id, primary_key=True),
    Column("pending", BigInteger, nullable=False),
    Column("completed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
)
command_types = Table(
    "command_types",
    metadata,
    Column("bot", BigInteger, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("total", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Whether a bot was last told to be online, and when it was last heard of.
bot_presence = Table(
    "bot_presence",
    metadata,
    Column("bot", Id, primary_key=True),
    Column("online", SmallInteger, nullable=False),
    Column("last_active", BigInteger, nullable=False),
)

# What bots report, in the order in which it came.
bot_logs = Table(
    "bot_logs",
    metadata,
    Column("position", Id, primary_key=True),
    Column("bot", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Index("bot_logs_by_bot", "bot", "position"),
)
bot_messages = Table(
    "bot_messages",
    metadata,
    Column("position", Id, primary_key=True),
    Column("bot", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("author_id", Text),
    Column("author_name", Text),
    Column("thread_id", Text),
    Column("thread_type", String(5), nullable=False),
    Column("metadata", Text, nullable=False),
    Index("bot_messages_by_bot", "bot", "position"),
)

# How many rows of either table a bot has.
record_totals = Table(
    "record_totals",
    metadata,
    Column("bot", BigInteger, primary_key=True),
    Column("sort", String(8), primary_key=True),
    Column("total", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What a bot handed over as a whole.
bot_data = Table(
    "bot_data",
    metadata,
    Column("bot", Id, primary_key=True),
    Column("updated_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
)

# Threads that are one with a conversation, as the settings of their bot have it.
bridges = Table(
    "bridges",
    metadata,
    Column("bot", BigInteger, primary_key=True),
    Column("conv", BigInteger, primary_key=True),
    Column("thread_type", String(5), nullable=False),
    Column("thread_id", Text, nullable=False),
    Index("bridges_by_thread", "bot", "thread_type", "thread_id", unique=True),
    sqlite_with_rowid=False,
)

# One row that is written to find out whether the disk takes writes again.
pulse = Table(
    "pulse",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)
