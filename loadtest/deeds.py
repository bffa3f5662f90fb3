"""What people do besides talking: each kind at its own rate, on time, whatever the hub does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from random import Random
from time import monotonic_ns
from typing import Final

from loadtest.pacer import Pacer
from loadtest.place import Place
from loadtest.recorder import Percentiles
from loadtest.session import Session
from loadtest.staged import Table
from loadtest.tally import Account, Tally
from loadtest.walker import mark
from loadtest.wire import request
from protocol.frames import Edit, React, Read, Typing

FIRST_REF: Final = 1 << 40
"""Far above those of the messages, and below those of pages."""
EMOJI: Final = ("👍", "🎉", "👀", "❤️")
SEED: Final = 1

Deed = Callable[[Session, Place, int], None]
"""Have a session do it in a place; it is due at a time in nanoseconds."""


class Deeds:
    """What is done, kind by kind. Of those that are answered, the answers are counted and timed."""

    def __init__(self, tables: Sequence[Table], rates: Mapping[str, float]) -> None:
        self._tables = tables
        self._chance = Random(SEED)  # noqa: S311 - the same day in every run
        self._refs = count(FIRST_REF)
        known: dict[str, Deed] = {
            "typing": self._type,
            "reads": self._read,
            "edits": self._edit,
            "reactions": self._react,
            "reconnects": self._leave,
        }
        self._rates = {kind: (rate, known[kind]) for kind, rate in rates.items() if rate > 0}
        self._pacers: dict[str, Pacer] = {}
        self._answers = {kind: Tally() for kind in self._rates}
        self.done = dict.fromkeys(self._rates, 0)

    def begin(self, start_ns: int, seconds: float) -> None:
        """Fix when everything is due."""
        self._pacers = {kind: Pacer(rate, seconds, start_ns) for kind, (rate, _) in self._rates.items()}

    def turn(self, now_ns: int) -> None:
        """Do what is due."""
        for kind, pacer in self._pacers.items():
            for _, due_ns in pacer.due(now_ns):
                table = self._chance.choice(self._tables)
                seat = self._chance.randrange(len(table.sessions))
                self._rates[kind][1](table.sessions[seat], table.room.clients[seat], due_ns)

    @property
    def unanswered(self) -> int:
        """How many have had no answer yet."""
        return sum(tally.unanswered for tally in self._answers.values())

    def problems(self) -> list[str]:
        """Return in words what was refused or never answered."""
        refused = [
            f"{number} {kind} answered {code}"
            for kind, tally in self._answers.items()
            for code, number in sorted(tally.errors.items())
        ]
        return [*refused, f"{self.unanswered} deeds never answered"] if self.unanswered else refused

    def answers(self) -> dict[str, Percentiles]:
        """Return from due to answered, of each kind that is answered."""
        return {kind: tally.ack_latency.percentiles() for kind, tally in self._answers.items() if tally.acks}

    def _type(self, session: Session, place: Place, due_ns: int) -> None:
        if session.ready:
            session.send(request(Typing(conv=place.conv, on=self._chance.random() < 0.5)))
            self.done["typing"] += 1

    def _read(self, session: Session, place: Place, due_ns: int) -> None:
        ref = next(self._refs)
        self._ask("reads", session, ref, request(Read(ref=ref, conv=place.conv, seq=place.seq)), due_ns)

    def _edit(self, session: Session, place: Place, due_ns: int) -> None:
        own = session.own.get(place.conv)
        if own is not None:
            # The marker stays: who missed the message is shown today's text instead of it.
            ref, text = next(self._refs), f"{mark(own.stamp)} that is, what is said better the second time"
            self._ask("edits", session, ref, request(Edit(ref=ref, conv=place.conv, id=own.id, body=text)), due_ns)

    def _react(self, session: Session, place: Place, due_ns: int) -> None:
        if place.message:
            ref, emoji = next(self._refs), self._chance.choice(EMOJI)
            frame = request(React(ref=ref, conv=place.conv, id=place.message, emoji=emoji, on=True))
            self._ask("reactions", session, ref, frame, due_ns)

    def _leave(self, session: Session, place: Place, due_ns: int) -> None:
        if session.link is not None and session.ready:
            session.link.lose("left by itself")
            self.done["reconnects"] += 1

    def _ask(self, kind: str, session: Session, ref: int, frame: bytes, due_ns: int) -> None:
        self._answers[kind].sent(ref, due_ns, monotonic_ns(), Account())
        session.ask(ref, frame, self._answers[kind])
        self.done[kind] += 1
