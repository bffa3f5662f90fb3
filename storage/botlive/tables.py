"""The tables of companies and their orders. Times are milliseconds since the epoch, UTC; JSON stands in texts."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

from storage.models import Id, metadata

companies = Table(
    "companies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company_id", Text, nullable=False, unique=True),
    # The settings; photos stand there by the SHA-256 of what is in them.
    Column("settings", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    # The bot that speaks in the rooms of all its customers.
    Column("bot", BigInteger, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

# `state` is the machine's, JSON; what lists ask for stands beside it. `active_at` is NULL for an order that is not
# active, else when it changed last. Until `held_until` a person has the room.
customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_name", Text),
    Column("conv", BigInteger, nullable=False, unique=True),
    Column("user", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("active_at", BigInteger),
    Column("held_until", BigInteger),
    # The last message of staff that was dealt with.
    Column("staff_message", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("customers_by_user_id", "company", "user_id", unique=True),
    Index("customers_by_user_id_alone", "user_id"),
)
Index(
    "customers_active",
    customers.c.company,
    customers.c.active_at,
    sqlite_where=customers.c.active_at.is_not(None),
)

# What was answered, and to what. `text` is NULL where the customer had asked nothing. `said` is 0 until both stand in
# the room; `id` is the request's, and `repeat_key` one that clients repeat requests under.
answers = Table(
    "answers",
    metadata,
    Column("position", Id, primary_key=True),
    Column("id", String(128), nullable=False, unique=True),
    Column("customer", BigInteger, nullable=False),
    Column("repeat_key", Text),
    Column("at", BigInteger, nullable=False),
    Column("text", Text),
    Column("files", Text, nullable=False),
    Column("response", Text, nullable=False),
    Column("order_status", Text, nullable=False),
    Column("next_step", String(16), nullable=False),
    Column("said", SmallInteger, nullable=False),
)
Index(
    "answers_by_key",
    answers.c.customer,
    answers.c.repeat_key,
    unique=True,
    sqlite_where=answers.c.repeat_key.is_not(None),
)
Index("answers_unsaid", answers.c.customer, answers.c.position, sqlite_where=answers.c.said == 0)

# Orders that were completed; `day` is that of the company in which they were, and in whose figures they count.
orders = Table(
    "orders",
    metadata,
    Column("customer", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("company", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("completed_at", BigInteger, nullable=False),
    Column("turnover", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("cancelled_at", BigInteger),
    Index("orders_by_day", "company", "day"),
    sqlite_with_rowid=False,
)

# Which payments orders of a company were ever paid with: none counts twice.
payments = Table(
    "payments",
    metadata,
    Column("company", BigInteger, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("customer", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

interventions = Table(
    "interventions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", BigInteger, nullable=False),
    Column("customer", BigInteger, nullable=False),
    Column("type", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("order_status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("resolved_at", BigInteger),
    # What whoever settled it had to say.
    Column("note", Text),
)
Index(
    "interventions_open",
    interventions.c.company,
    interventions.c.id,
    sqlite_where=interventions.c.resolved_at.is_(None),
)
Index(
    "interventions_of_customer",
    interventions.c.customer,
    interventions.c.type,
    unique=True,
    sqlite_where=interventions.c.resolved_at.is_(None),
)

activities = Table(
    "activities",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", BigInteger, nullable=False),
    Column("type", String(24), nullable=False),
    Column("client", Text, nullable=False),
    Column("product", Text),
    Column("at", BigInteger, nullable=False),
    Index("activities_by_company", "company", "id"),
)

# What a day, a week or a month of a company came to, counted when it happens; `start` is its first day, counted from
# the first day of year 1.
periods = Table(
    "periods",
    metadata,
    Column("company", BigInteger, primary_key=True),
    Column("span", String(8), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("turnover", BigInteger, nullable=False),
    Column("orders", BigInteger, nullable=False),
    Column("clients", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Who wrote in a period: each counts once.
period_clients = Table(
    "period_clients",
    metadata,
    Column("company", BigInteger, primary_key=True),
    Column("span", String(8), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("customer", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

shop_hooks = Table(
    "shop_hooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
)
Index(
    "shop_hooks_by_url",
    shop_hooks.c.company,
    shop_hooks.c.url,
    unique=True,
    sqlite_where=shop_hooks.c.deleted_at.is_(None),
)
