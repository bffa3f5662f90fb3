"""The steps of messages to subscribers and from them, each with its event and its place in what is counted.

Every method runs in a connection's thread, inside a transaction. A step that was taken is not taken again: whoever
does not know whether it was asks once more.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import asdict, replace
from sqlalchemy import Dialect, bindparam, delete, insert, select, update

from actors.chatpion.lanes import CONNECTOR
from actors.chatpion.ports import NewLetter, NewReply
from actors.chatpion.shown import message as shown
from actors.chatpion.values import HUB, Event, Letter, LetterState
from actors.values import Lane
from storage.chatpion.hooks import HookRows
from storage.chatpion.letter_rows import WHICH, LetterReads
from storage.chatpion.links import LinkRows
from storage.chatpion.routes import Routes
from storage.chatpion.tables import audiences, broadcasts, letters
from storage.chatpion.tallies import Tallies
from storage.looks import Change, Look

SUBSCRIBER: Final = 1
"""Calls of connectors are about their subscriber: what is said to one keeps its order."""
EVENTS: Final[dict[LetterState, Event]] = {
    "sent": "message.sent",
    "delivered": "message.delivered",
    "read": "message.read",
    "failed": "message.failed",
}


class Steps:
    """The statements, compiled for one dialect."""

    def __init__(
        self,
        dialect: Dialect,
        reads: LetterReads,
        hooks: HookRows,
        tallies: Tallies,
        links: LinkRows,
        routes: Routes,
    ) -> None:
        self._reads = reads
        self._links = links
        self._hooks = hooks
        self._tallies = tallies
        self._routes = routes
        taken: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
        self._insert = Change(insert(letters), dialect)
        self._update = Change(update(letters).where(WHICH).values(taken), dialect)
        self._attach = Change(update(letters).where(WHICH).values(file=bindparam("upload")), dialect)
        place = audiences.c
        both = audiences.join(broadcasts, broadcasts.c.id == place.broadcast)
        self._wanted = Look(
            select(place.subscriber)
            .select_from(both)
            .where(
                place.broadcast == bindparam("of"),
                place.subscriber == bindparam("whose"),
                broadcasts.c.status == "started",
            ),
            dialect,
        )
        self._take = Change(
            delete(audiences).where(place.broadcast == bindparam("of"), place.subscriber == bindparam("whose")), dialect
        )

    def queue_once(self, raw: sqlite3.Connection, new: NewLetter, broadcast: int) -> Letter | None:
        """Have what is of a broadcast said, or failed; the first one is returned, however often it is asked for.

        None: the broadcast was paused or cancelled, or never meant the subscriber.
        """
        known = self._reads.of_broadcast(raw, broadcast, new.subscriber)
        if known is not None:
            return known
        if self._wanted.first(raw, of=broadcast, whose=new.subscriber) is None:
            return None
        self._take.run(raw, of=broadcast, whose=new.subscriber)
        return self.queue(raw, new)

    def queue(self, raw: sqlite3.Connection, new: NewLetter) -> Letter:
        """Have it said, or failed."""
        letter = self._made(raw, _fresh(new))
        if new.links:
            self._links.keep(raw, new.account, new.platform, letter.id, new.links)
        return letter if new.error is None else self.fail(raw, letter.id, new.error, new.at)

    def attached(self, raw: sqlite3.Connection, letter: int, file: int) -> None:
        """Its attachment was fetched."""
        self._attach.run(raw, which=letter, upload=file)

    def sent(self, raw: sqlite3.Connection, letter: int, *, seq: int, message: int, at: int) -> Letter:
        """It is in its conversation; whoever lives elsewhere is written to there."""
        known = self._known(raw, letter)
        if known.state != "queued":
            return known
        sent = self._step(raw, known, replace(known, state="sent", seq=seq, message=message, sent_at=at), at)
        if sent.platform != HUB:
            self._forward(raw, sent, at)
        return sent

    def fail(self, raw: sqlite3.Connection, letter: int, error: str, at: int) -> Letter:
        """It will not reach anybody, unless it has."""
        known = self._known(raw, letter)
        if known.state not in ("queued", "sent"):
            return known
        # What was never said has the time at which that was known.
        sent_at = at if known.state == "queued" else known.sent_at
        return self._step(raw, known, replace(known, state="failed", error=error, sent_at=sent_at, failed_at=at), at)

    def mark(self, raw: sqlite3.Connection, subscriber: int, *, received: int, read: int, at: int) -> list[Letter]:
        """All up to these places was delivered, or read. Returns those of which that is new."""
        found = self._reads.marked(raw, subscriber, received, read)
        return [self._rise(raw, letter, read=letter.seq is not None and letter.seq <= read, at=at) for letter in found]

    def told(self, raw: sqlite3.Connection, letter: int, state: Literal["delivered", "read"], at: int) -> Letter | None:
        """It is delivered, or read."""
        known = self._reads.one(raw, letter)
        return None if known is None else self._rise(raw, known, read=state == "read", at=at)

    def hear(self, raw: sqlite3.Connection, new: NewReply) -> Letter | None:
        """Note a reply, and count it; None: it is noted."""
        if self._reads.is_heard(raw, new.message):
            return None
        # Whoever it is for is a program, and has read it by now.
        times = {"sent_at": new.at, "delivered_at": new.at, "read_at": new.at}
        given = asdict(new) | {"body": new.text, "direction": "in", "state": "read", **times}
        del given["at"]
        self._tallies.happen(raw, new.account, new.platform, "reply", new.at)
        return self._made(raw, Letter(id=0, **given))

    def _made(self, raw: sqlite3.Connection, letter: Letter) -> Letter:
        self._insert.run(raw, **asdict(letter) | {"id": None})
        return self._reads.last(raw)

    def _known(self, raw: sqlite3.Connection, letter: int) -> Letter:
        known = self._reads.one(raw, letter)
        if known is None:
            raise LookupError(f"there is no message {letter}")
        return known

    def _rise(self, raw: sqlite3.Connection, letter: Letter, *, read: bool, at: int) -> Letter:
        """Whatever was read was delivered before."""
        if letter.state == "sent":
            letter = self._step(raw, letter, replace(letter, state="delivered", delivered_at=at), at)
        if read and letter.state == "delivered":
            letter = self._step(raw, letter, replace(letter, state="read", read_at=at), at)
        return letter

    def _step(self, raw: sqlite3.Connection, before: Letter, after: Letter, at: int) -> Letter:
        self._update.run(raw, which=after.id, **{f"new_{name}": getattr(after, name) for name in _CHANGING})
        self._tallies.letter(raw, before, after)
        self._hooks.post(raw, after.account, EVENTS[after.state], at, shown(after))
        return after

    def _forward(self, raw: sqlite3.Connection, letter: Letter, at: int) -> None:
        """Put it into the outbox of the connection that it goes by."""
        route = self._routes.of(raw, letter)
        if route is None:
            self.fail(raw, letter.id, f"No connected account for platform {letter.platform}", at)
            return
        call = f"msg_{letter.account}_{letter.id}_{letter.sent_at}"
        body = msgspec.json.encode(route.parcel).decode()
        self._hooks.wait(raw, Lane(CONNECTOR, route.social_account), call, (SUBSCRIBER, letter.subscriber), at, body)


_CHANGING: Final = ("state", "error", "sent_at", "delivered_at", "read_at", "failed_at", "seq", "message")


def _fresh(new: NewLetter) -> Letter:
    given: dict[str, Any] = asdict(new)
    del given["at"], given["error"], given["links"]
    return Letter(id=0, direction="out", state="queued", sent_at=new.at, **given)
