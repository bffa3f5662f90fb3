"""What was answered to customers, and whether it stands in their rooms.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec
from sqlalchemy import Dialect, bindparam, delete, insert, literal_column, select, update

from actors.order.status import OrderStatus
from actors.order.values import Answer, Said, Unsaid
from storage.botlive.tables import answers, customers
from storage.looks import Change, Look, Row

KEY_MS: Final = 86_400_000
"""So long the first answer stands for all under its key."""
KEPT_MS: Final = 2 * KEY_MS
OLDEST: Final = 2
"""So many old answers go with each new one: more than come."""
ROW: Final = answers.c
SHOWN: Final = (ROW.id, ROW.at, ROW.response, ROW.order_status, ROW.next_step)


class AnswerRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        mine = ROW.customer == bindparam("whose")
        keyed = (mine, ROW.repeat_key == bindparam("key"))
        # In these words, for they are those of the index.
        waiting = ROW.said == literal_column("0")
        unsaid = select(ROW.id, ROW.text, ROW.files, ROW.response).where(mine, waiting).order_by(ROW.position)
        rooms = select(customers.c.conv).join(answers, ROW.customer == customers.c.id).distinct()
        rooms = rooms.where(waiting, customers.c.conv > bindparam("after")).order_by(customers.c.conv)
        self._insert = Change(insert(answers), dialect)
        self._by_id = Look(select(*SHOWN).where(ROW.id == bindparam("which")), dialect)
        self._by_key = Look(select(*SHOWN).where(*keyed, ROW.at > bindparam("since")), dialect)
        self._let_go = Change(update(answers).where(*keyed).values(repeat_key=None), dialect)
        self._unsaid = Look(unsaid, dialect)
        self._said = Change(update(answers).where(ROW.id == bindparam("which")).values(said=1), dialect)
        self._rooms = Look(rooms.limit(bindparam("most")), dialect)
        self._oldest = Look(select(ROW.position, ROW.at, ROW.said).order_by(ROW.position).limit(OLDEST), dialect)
        self._forget = Change(delete(answers).where(ROW.position == bindparam("place")), dialect)

    def known(self, raw: sqlite3.Connection, id: str) -> Answer | None:
        """The answer to this request."""
        return _answer(self._by_id.first(raw, which=id))

    def keyed(self, raw: sqlite3.Connection, customer: int, key: str, now: int) -> Answer | None:
        """The answer of the last day under this key."""
        return _answer(self._by_key.first(raw, whose=customer, key=key, since=now - KEY_MS))

    def add(self, raw: sqlite3.Connection, customer: int, answer: Answer, said: Said | None) -> Unsaid:
        """Keep a new one, which is still to be said; `said` is what it answers."""
        if said is not None and said.key is not None:
            self._let_go.run(raw, whose=customer, key=said.key)
        unsaid = Unsaid(
            id=answer.id,
            text=None if said is None else said.text,
            files=() if said is None else said.files,
            response=answer.response,
        )
        self._insert.run(
            raw,
            position=None,
            id=answer.id,
            customer=customer,
            repeat_key=None if said is None else said.key,
            at=answer.at,
            text=unsaid.text,
            files=msgspec.json.encode(unsaid.files).decode(),
            response=answer.response,
            order_status=msgspec.json.encode(answer.order_status).decode(),
            next_step=answer.next_step,
            said=0,
        )
        self._forget_old(raw, answer.at)
        return unsaid

    def unsaid(self, raw: sqlite3.Connection, customer: int) -> list[Unsaid]:
        """What is still to be said to a customer, in order."""
        found = self._unsaid.all(raw, whose=customer)
        return [
            Unsaid(id=request, text=text, files=tuple(msgspec.json.decode(files)), response=response)
            for request, text, files, response in found
        ]

    def said(self, raw: sqlite3.Connection, id: str) -> None:
        """It stands in the room."""
        self._said.run(raw, which=id)

    def rooms(self, raw: sqlite3.Connection, after: int, limit: int) -> list[int]:
        """The conversations behind `after` in which something is to be said, ascending."""
        return [conv for (conv,) in self._rooms.all(raw, after=after, most=limit)]

    def _forget_old(self, raw: sqlite3.Connection, now: int) -> None:
        for place, at, said in self._oldest.all(raw):
            if said and at < now - KEPT_MS:
                self._forget.run(raw, place=place)


def _answer(row: Row | None) -> Answer | None:
    if row is None:
        return None
    request, at, response, status, step = row
    shown = msgspec.json.decode(status, type=OrderStatus)
    return Answer(id=request, at=at, response=response, order_status=shown, next_step=step)
