"""Figures about one kind of actors, bounded however long the system runs."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from actors.runtime.failure import name_of

MAX_NAMES = 32
"""So many types of exceptions are counted by name; the others together."""


class KindStatistics(msgspec.Struct, frozen=True):
    """A snapshot of one kind. The first four are of now, the others only ever grow.

    `depth` is over all of its mailboxes, `deepest` the fullest one. `unhandled` messages were taken, and answered with
    a fault without being handled; `dropped` ones are not among them. `crashes` are counted by type of exception.
    """

    actors: int
    quarantined: int
    depth: int
    deepest: int
    told: int
    refused: int
    dropped: int
    unhandled: int
    crashes: dict[str, int]
    restarts: int
    passivations: int
    gave_up: int


class Counts:
    """What happened to one kind since the system began."""

    __slots__ = ("crashes", "dropped", "gave_up", "passivations", "refused", "restarts", "told", "unhandled")

    def __init__(self) -> None:
        self.told = 0
        self.refused = 0
        self.dropped = 0
        self.unhandled = 0
        self.restarts = 0
        self.passivations = 0
        self.gave_up = 0
        self.crashes: Counter[str] = Counter()

    def crash(self, error: BaseException) -> None:
        """Count a failure by the name of its type."""
        name = name_of(error)
        known = name in self.crashes or len(self.crashes) < MAX_NAMES
        self.crashes[name if known else "other"] += 1

    def snapshot(self, depths: Sequence[int], quarantined: int) -> KindStatistics:
        """The figures so far, with those of now."""
        return KindStatistics(
            actors=len(depths),
            quarantined=quarantined,
            depth=sum(depths),
            deepest=max(depths, default=0),
            told=self.told,
            refused=self.refused,
            dropped=self.dropped,
            unhandled=self.unhandled,
            crashes=dict(self.crashes),
            restarts=self.restarts,
            passivations=self.passivations,
            gave_up=self.gave_up,
        )
