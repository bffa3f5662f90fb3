"""By which connection a message leaves for its platform. Runs in a connection's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from sqlalchemy import Dialect, and_, bindparam, select

from actors.chatpion.parcels import Parcel
from actors.chatpion.values import Letter
from storage.chatpion.tables import accounts, social_accounts, subscribers
from storage.looks import Look


class Route(NamedTuple):
    """The connection, and what is sent by it."""

    social_account: int
    parcel: Parcel


class Routes:
    """The statement, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        social, row = social_accounts.c, subscribers.c
        same = and_(social.account == row.account, social.platform == row.platform)
        query = (
            select(social.id, row.conv, accounts.c.bot, row.platform_id)
            .select_from(subscribers)
            .join(accounts, accounts.c.id == row.account)
            .join(social_accounts, same)
        )
        newest = query.where(row.id == bindparam("whose"), social.status == "active").order_by(social.id.desc())
        self._way = Look(newest.limit(1), dialect)

    def of(self, raw: sqlite3.Connection, letter: Letter) -> Route | None:
        """The newest active connection of the subscriber's platform; None: there is none any more."""
        found = self._way.first(raw, whose=letter.subscriber)
        if found is None:
            return None
        social_account, conv, bot, platform_id = found
        parcel = Parcel(
            letter=letter.id,
            conv=conv,
            bot=bot,
            platform_id=platform_id,
            body=letter.body,
            type=letter.type,
            attachment=letter.attachment,
            file=letter.file,
        )
        return Route(social_account, parcel)
