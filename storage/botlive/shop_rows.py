"""The rows of companies, for the transactions of whoever needs them.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Dialect, bindparam, insert, select, update

from actors.order.company import Company
from actors.order.ports import NoSuchPhoto, UnknownStaff
from actors.order.values import Shop
from protocol.frames import Actor
from storage.botlive.tables import companies
from storage.looks import Change, Look, Row
from storage.models import bots, users
from storage.numbers import Numbers

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

Place = Callable[[str], Path]
"""Where the file with this SHA-256 is."""


class ShopRows:
    """The statements, compiled for one dialect. `place` says where photos are."""

    def __init__(self, dialect: Dialect, numbers: Numbers, place: Place) -> None:
        row, person = companies.c, users.c
        shown = select(row.id, row.bot, row.version, row.settings)
        which = row.id == bindparam("which")
        self._numbers = numbers
        self._place = place
        self._named = Look(shown.where(row.company_id == bindparam("name")), dialect)
        self._numbered = Look(shown.where(which), dialect)
        self._insert = Change(insert(companies), dialect)
        change = update(companies).where(which).values(settings=bindparam("new"), version=row.version + 1)
        self._update = Change(change, dialect)
        self._bot = Change(insert(bots), dialect)
        self._rename = Change(update(bots).where(bots.c.id == bindparam("bot")).values(name=bindparam("new")), dialect)
        living = (person.username == bindparam("username"), person.deleted_at.is_(None), person.role != "guest")
        self._person = Look(select(person.id, person.name).where(*living), dialect)

    def named(self, raw: sqlite3.Connection, company_id: str) -> Shop | None:
        """The company of this name."""
        return self._shop(self._named.first(raw, name=company_id))

    def numbered(self, raw: sqlite3.Connection, id: int) -> Shop | None:
        """The company with this number."""
        return self._shop(self._numbered.first(raw, which=id))

    def settings(self, raw: sqlite3.Connection, company_id: str) -> Company | None:
        """The settings as they are kept."""
        row = self._named.first(raw, name=company_id)
        return None if row is None else msgspec.json.decode(row[3], type=Company)

    def save(self, raw: sqlite3.Connection, company: Company, at: int) -> Shop:
        """Have these settings. Raises `UnknownStaff` and `NoSuchPhoto`; then nothing was written."""
        self._check(raw, company)
        known, settings = self.named(raw, company.company_id), msgspec.json.encode(company).decode()
        if known is None:
            self._found(raw, company, settings, at)
        else:
            self._update.run(raw, which=known.id, new=settings)
            self._rename.run(raw, bot=known.bot, new=replace(known, company=company).bot_name)
        return self._certain(raw, company.company_id)

    def known_or_new(self, raw: sqlite3.Connection, company_id: str, at: int) -> Shop:
        """The company, with the defaults if nobody has set it up."""
        return self.named(raw, company_id) or self.save(raw, unset(company_id), at)

    def staff(self, raw: sqlite3.Connection, company: Company) -> Sequence[Actor]:
        """Those of its staff who are users today."""
        found = [self._person.first(raw, username=name) for name in company.staff]
        return [Actor("user", *row) for row in found if row is not None]

    def _check(self, raw: sqlite3.Connection, company: Company) -> None:
        for place, name in enumerate(company.staff):
            if self._person.first(raw, username=name) is None:
                raise UnknownStaff(place, name)
        for product in company.catalogue:
            for digest in product.photos:
                # What is no digest would be a path to somewhere else.
                if _DIGEST.fullmatch(digest) is None or not self._place(digest).is_file():
                    raise NoSuchPhoto(digest)

    def _found(self, raw: sqlite3.Connection, company: Company, settings: str, at: int) -> None:
        new = Shop(id=0, bot=self._numbers.bot(), version=1, company=company)
        self._bot.run(raw, id=new.bot, name=new.bot_name, json_reply=0, created_at=at)
        row = {"id": None, "company_id": company.company_id, "settings": settings, "version": new.version}
        self._insert.run(raw, **row, bot=new.bot, created_at=at)

    def _certain(self, raw: sqlite3.Connection, company_id: str) -> Shop:
        shop = self.named(raw, company_id)
        if shop is None:
            raise LookupError(f"no company {company_id!r}")
        return shop

    def _shop(self, row: Row | None) -> Shop | None:
        if row is None:
            return None
        number, bot, version, settings = row
        company = msgspec.json.decode(settings, type=Company)
        catalogue = tuple(
            replace(product, photos=tuple(str(self._place(digest)) for digest in product.photos))
            for product in company.catalogue
        )
        return Shop(id=number, bot=bot, version=version, company=replace(company, catalogue=catalogue))


def unset(company_id: str) -> Company:
    """The settings of a company that nobody has set up."""
    return Company(company_id=company_id, name=company_id)
