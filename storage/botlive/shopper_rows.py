"""The rows of companies' customers, for the transactions of whoever needs them.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Dialect, bindparam, insert, select, update

from actors.order.state import Customer
from actors.order.values import Shop, Shopper
from protocol.frames import Actor
from storage.botlive.shop_rows import ShopRows
from storage.botlive.tables import customers
from storage.chatpion.guests import Guests
from storage.looks import Change, Look, Row

ROW: Final = customers.c
SHOWN: Final = (ROW.id, ROW.company, ROW.user_id, ROW.user_name, ROW.conv, ROW.user)


class Standing(NamedTuple):
    """The machine's state, until when a person has the room, and the last message of staff that was dealt with."""

    customer: Customer
    held_until: int | None
    staff_message: int


class ShopperRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect, guests: Guests, shops: ShopRows) -> None:
        which = ROW.id == bindparam("which")
        mine = (ROW.company == bindparam("shop"), ROW.user_id == bindparam("name"))
        standing: dict[str, Any] = {"state": bindparam("new_state"), "active_at": bindparam("active")}
        standing |= {"held_until": bindparam("held"), "staff_message": bindparam("heard")}
        self._guests = guests
        self._shops = shops
        self._named = Look(select(*SHOWN).where(*mine), dialect)
        self._by_conv = Look(select(*SHOWN).where(ROW.conv == bindparam("room")), dialect)
        self._everywhere = Look(select(*SHOWN).where(ROW.user_id == bindparam("name")).order_by(ROW.id), dialect)
        self._standing = Look(select(ROW.state, ROW.held_until, ROW.staff_message).where(which), dialect)
        self._insert = Change(insert(customers), dialect)
        self._call = Change(update(customers).where(which).values(user_name=bindparam("new")), dialect)
        self._stand = Change(update(customers).where(which).values(standing), dialect)

    def named(self, raw: sqlite3.Connection, shop: int, user_id: str) -> Shopper | None:
        """The company's customer of this `user_id`."""
        return _shopper(self._named.first(raw, shop=shop, name=user_id))

    def by_conv(self, raw: sqlite3.Connection, conv: int) -> Shopper | None:
        """Whose room this is."""
        return _shopper(self._by_conv.first(raw, room=conv))

    def everywhere(self, raw: sqlite3.Connection, user_id: str) -> list[Shopper]:
        """The customers of all companies with this `user_id`."""
        return [Shopper(**_fields(row)) for row in self._everywhere.all(raw, name=user_id)]

    def found(self, raw: sqlite3.Connection, shop: Shop, user_id: str, user_name: str | None, at: int) -> Shopper:
        """Make a customer, its guest user, and its room with the bot and the staff."""
        new = Shopper(id=0, shop=shop.id, user_id=user_id, user_name=user_name, conv=0, user=0)
        guest = self._guests.make(raw, new.guest_name, at)
        bot = Actor("bot", shop.bot, shop.bot_name)
        members = [*self._shops.staff(raw, shop.company), guest]
        conv = self._guests.found(raw, f"{shop.company.name} · {guest.name}", bot, members, at)
        row = {"id": None, "company": shop.id, "user_id": user_id, "user_name": user_name, "conv": conv}
        fresh = {"active_at": None, "held_until": None, "staff_message": 0, "created_at": at}
        self._insert.run(raw, **row, **fresh, user=guest.id, state=msgspec.json.encode(Customer()).decode())
        made = self.named(raw, shop.id, user_id)
        if made is None:
            raise LookupError(f"no customer {user_id!r}")
        return made

    def call(self, raw: sqlite3.Connection, shopper: Shopper, user_name: str) -> Shopper:
        """Have it be called otherwise from now on."""
        called = replace(shopper, user_name=user_name)
        self._call.run(raw, which=called.id, new=user_name)
        self._guests.rename(raw, called.user, called.guest_name)
        return called

    def standing(self, raw: sqlite3.Connection, shopper: int) -> Standing:
        """How a customer stands."""
        row = self._standing.first(raw, which=shopper)
        if row is None:
            raise LookupError(f"no customer {shopper}")
        return Standing(msgspec.json.decode(row[0], type=Customer), row[1], row[2])

    def stand(self, raw: sqlite3.Connection, shopper: int, standing: Standing) -> None:
        """Have it stand so."""
        customer = standing.customer
        active_at = customer.order.changed_at if customer.order.is_active else None
        state = msgspec.json.encode(customer).decode()
        kept = {"held": standing.held_until, "heard": standing.staff_message}
        self._stand.run(raw, which=shopper, new_state=state, active=active_at, **kept)


def _shopper(row: Row | None) -> Shopper | None:
    return None if row is None else Shopper(**_fields(row))


def _fields(row: Row) -> dict[str, Any]:
    return dict(zip(("id", "shop", "user_id", "user_name", "conv", "user"), row, strict=True))
