"""What one session has seen of one conversation, over all its connections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from loadtest.tally import Account


class Gap(NamedTuple):
    """Events that the hub said it leaves out, both ends included, and the last message before them (0: none)."""

    first: int
    last: int
    after: int


@dataclass(slots=True)
class Place:
    """Its cursor (`epoch`, `seq`), and what came there.

    `account` holds the markers of the messages that are new: what comes again is counted in `repeats` and not entered,
    and `others` counts the events without a marker. `holes` are numbers that were skipped without a word; `gaps` and
    `resets` how often the hub told of one. What a gap leaves out is entered once it was `paged`; until then it is
    in `missing`, the oldest first.
    """

    conv: int
    epoch: int
    seq: int
    message: int = 0
    account: Account = field(default_factory=Account)
    others: int = 0
    repeats: int = 0
    holes: int = 0
    gaps: int = 0
    paged: int = 0
    resets: int = 0
    missing: list[Gap] = field(default_factory=list)

    @property
    def cursor(self) -> tuple[int, int, int]:
        """What `hello` takes."""
        return self.conv, self.epoch, self.seq

    def event(self, seq: int, message: int | None, stamps: list[int]) -> list[int]:
        """Take an event, with its message's id and markers; return the markers that are new."""
        if seq <= self.seq:
            self.repeats += 1
            return []
        self.holes += seq - self.seq - 1
        self.seq = seq
        self.message = message or self.message
        self.others += not stamps
        self.account.add(stamps)
        return stamps

    def gap(self, first: int, last: int) -> None:
        """The hub leaves these events out."""
        self.holes += abs(first - self.seq - 1)
        self.gaps += 1
        self.missing.append(Gap(first, last, self.message))
        self.seq = last

    def reset(self, epoch: int, seq: int) -> None:
        """The cursor was of no use: what lies before `seq` is not known."""
        self.resets += 1
        self.epoch, self.seq = epoch, seq

    def page(self, found: list[tuple[int, int, list[int]]], more: bool) -> list[int]:
        """Take `(seq, id, markers)` of the messages after the oldest gap's `after`, in order; return the new markers.

        The gap leaves `missing` when that fills it.
        """
        if not self.missing:
            return []
        first, last, _ = gap = self.missing[0]
        stamps = [stamp for seq, _, marks in found if first <= seq <= last for stamp in marks]
        self.account.add(stamps)
        self.paged += len(stamps)
        if not more or not found or found[-1][0] >= last:
            del self.missing[0]
        else:
            self.missing[0] = gap._replace(after=found[-1][1])
        return stamps


def faults(places: Iterable[Place]) -> list[str]:
    """Return in words what a hub must never do and did."""
    seen = list(places)
    holes, repeats = sum(place.holes for place in seen), sum(place.repeats for place in seen)
    problems = [f"{holes} events were left out without a word"] if holes else []
    return [*problems, f"{repeats} events came again"] if repeats else problems
