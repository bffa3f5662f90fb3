"""Users of the AuroriaLink view: since when, and how far each has got."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Big = sa.BigInteger()
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("user", Id, primary_key=True),
        sa.Column("since", Big, nullable=False),
    )
    op.create_table(
        "view_positions",
        sa.Column("user", Big, primary_key=True),
        sa.Column("conv", Big, primary_key=True),
        sa.Column("seq", Big, nullable=False),
        sqlite_with_rowid=False,
    )
