"""Credentials get an id that no other has had, and may be both hashed and sealed.

SQLite cannot take a column's NOT NULL away, so that the table is made anew.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = ("owner_kind", "owner_id", "credential")


def upgrade() -> None:
    op.drop_index("credentials_by_value", "credentials")
    op.rename_table("credentials", "old_credentials")
    new = op.create_table(
        "credentials",
        sa.Column("owner_kind", sa.String(8), primary_key=True),
        sa.Column("owner_id", sa.BigInteger, primary_key=True),
        sa.Column("credential", sa.String(16), primary_key=True),
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("hash", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary),
    )
    op.create_index("credentials_by_id", "credentials", ["id"], unique=True)
    op.create_index("credentials_by_hash", "credentials", ["hash"], unique=True)
    old = sa.table("old_credentials", *(sa.column(name) for name in (*KEY, "key_id", "value")))
    rows = [_row(row) for row in op.get_bind().execute(sa.select(old))]
    if rows:
        op.bulk_insert(new, rows)
    op.drop_table("old_credentials")


def _row(row: sa.Row[tuple[object, ...]]) -> dict[str, object]:
    is_sealed = row.credential == "webhook_secret"
    return {name: getattr(row, name) for name in (*KEY, "key_id")} | {
        "id": secrets.randbits(52),
        "hash": None if is_sealed else row.value,
        "sealed": row.value if is_sealed else None,
    }
