"""People have profiles and sessions of the web; bots have metadata and settings.

Usernames and e-mail addresses are told apart by their keys, which know no case. Of those that are there already and
differ only by case the oldest gets the key; the others stay who they are, and no new one comes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Big = sa.BigInteger()


def upgrade() -> None:
    for name in ("username_key", "email_key", "fullname", "phone", "birthday", "gender"):
        op.add_column("users", sa.Column(name, sa.Text))
    op.add_column("users", sa.Column("last_login", Big))
    op.add_column("users", sa.Column("deleted_at", Big))
    _fill_users()
    op.create_index("users_by_username_key", "users", ["username_key"], unique=True)
    op.create_index("users_by_email_key", "users", ["email_key"], unique=True)
    op.add_column("bots", sa.Column("metadata", sa.Text))
    op.add_column("bots", sa.Column("settings", sa.Text))
    op.create_table(
        "passes",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("user", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
    )
    op.create_index("passes_by_user", "passes", ["user"])
    op.create_index("passes_by_end", "passes", ["expires_at"])


def _fill_users() -> None:
    names = ("id", "username", "name", "email", "username_key", "email_key", "fullname")
    users = sa.table("users", *(sa.column(name) for name in names))
    usernames, emails, rows = set[str](), set[str](), []
    for user in op.get_bind().execute(sa.select(users).order_by(users.c.id)):
        fullname = None if user.name == user.username else user.name
        username, email = _key(user.username, usernames), _key(user.email, emails)
        rows.append({"i": user.id, "f": fullname, "u": username, "e": email})
    if rows:
        change = sa.update(users).where(users.c.id == sa.bindparam("i"))
        filled = change.values(username_key=sa.bindparam("u"), email_key=sa.bindparam("e"), fullname=sa.bindparam("f"))
        op.get_bind().execute(filled, rows)


def _key(text: str | None, taken: set[str]) -> str | None:
    key = None if text is None else text.casefold()
    if key is None or key in taken:
        return None
    taken.add(key)
    return key
