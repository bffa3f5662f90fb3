"""Companies that take orders: customers, answers, interventions, activity, figures and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Big = sa.BigInteger()
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("id", Id, primary_key=True),
        sa.Column("company_id", sa.Text, nullable=False, unique=True),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("bot", Big, nullable=False, unique=True),
        sa.Column("created_at", Big, nullable=False),
    )
    op.create_table(
        "customers",
        sa.Column("id", Id, primary_key=True),
        sa.Column("company", Big, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text),
        sa.Column("conv", Big, nullable=False, unique=True),
        sa.Column("user", Big, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("active_at", Big),
        sa.Column("held_until", Big),
        sa.Column("staff_message", Big, nullable=False),
        sa.Column("created_at", Big, nullable=False),
    )
    op.create_index("customers_by_user_id", "customers", ["company", "user_id"], unique=True)
    op.create_index("customers_by_user_id_alone", "customers", ["user_id"])
    op.create_table(
        "answers",
        sa.Column("position", Id, primary_key=True),
        sa.Column("id", sa.String(128), nullable=False, unique=True),
        sa.Column("customer", Big, nullable=False),
        sa.Column("repeat_key", sa.Text),
        sa.Column("at", Big, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("response", sa.Text, nullable=False),
        sa.Column("order_status", sa.Text, nullable=False),
        sa.Column("next_step", sa.String(16), nullable=False),
        sa.Column("said", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("customer", Big, primary_key=True),
        sa.Column("number", Big, primary_key=True),
        sa.Column("company", Big, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("completed_at", Big, nullable=False),
        sa.Column("turnover", Big, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("cancelled_at", Big),
        sqlite_with_rowid=False,
    )
    op.create_index("orders_by_day", "orders", ["company", "day"])
    op.create_table(
        "payments",
        sa.Column("company", Big, primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("customer", Big, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("amount", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interventions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("company", Big, nullable=False),
        sa.Column("customer", Big, nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("order_status", sa.Text, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("resolved_at", Big),
        sa.Column("note", sa.Text),
    )
    op.create_table(
        "activities",
        sa.Column("id", Id, primary_key=True),
        sa.Column("company", Big, nullable=False),
        sa.Column("type", sa.String(24), nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("product", sa.Text),
        sa.Column("at", Big, nullable=False),
    )
    op.create_index("activities_by_company", "activities", ["company", "id"])
    op.create_table(
        "periods",
        sa.Column("company", Big, primary_key=True),
        sa.Column("span", sa.String(8), primary_key=True),
        sa.Column("start", sa.Integer, primary_key=True),
        sa.Column("turnover", Big, nullable=False),
        sa.Column("orders", Big, nullable=False),
        sa.Column("clients", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "period_clients",
        sa.Column("company", Big, primary_key=True),
        sa.Column("span", sa.String(8), primary_key=True),
        sa.Column("start", sa.Integer, primary_key=True),
        sa.Column("customer", Big, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shop_hooks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("company", Big, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("deleted_at", Big),
    )
    _create_partial_indexes()


def _create_partial_indexes() -> None:
    op.create_index(
        "customers_active", "customers", ["company", "active_at"], sqlite_where=sa.text("active_at IS NOT NULL")
    )
    op.create_index(
        "answers_by_key",
        "answers",
        ["customer", "repeat_key"],
        unique=True,
        sqlite_where=sa.text("repeat_key IS NOT NULL"),
    )
    op.create_index("answers_unsaid", "answers", ["customer", "position"], sqlite_where=sa.text("said = 0"))
    op.create_index(
        "interventions_open", "interventions", ["company", "id"], sqlite_where=sa.text("resolved_at IS NULL")
    )
    op.create_index(
        "interventions_of_customer",
        "interventions",
        ["customer", "type"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "shop_hooks_by_url", "shop_hooks", ["company", "url"], unique=True, sqlite_where=sa.text("deleted_at IS NULL")
    )
