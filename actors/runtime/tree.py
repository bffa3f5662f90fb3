"""The tree of supervisors and actors as it can be seen and printed."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from actors.runtime.address import Address


class State(StrEnum):
    """What an actor is about."""

    STARTING = "starting"
    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    BACKING_OFF = "backing off"


class Node(msgspec.Struct, frozen=True):
    """One actor. `depth` messages wait in its mailbox and `owed` replies are yet to be given; `age_s` since the first
    start, over all `restarts`. `last_failure` names types only, and how long ago.
    """

    address: Address
    state: State
    depth: int
    owed: int
    restarts: int
    age_s: float
    last_failure: str | None

    def __str__(self) -> str:
        words = [str(self.address), self.state, f"depth={self.depth}", f"owed={self.owed}", f"restarts={self.restarts}"]
        words.append(f"age={self.age_s:.1f}s")
        if self.last_failure is not None:
            words.append(f"last failure: {self.last_failure}")
        return " ".join(words)


class Branch(msgspec.Struct, frozen=True):
    """One kind: its actors, and how long those that failed too often are still turned away."""

    kind: str
    actors: list[Node]
    quarantined: dict[int | str, float]


class Tree(msgspec.Struct, frozen=True):
    """The whole system. `str` prints it, one line an actor."""

    branches: list[Branch]

    def __str__(self) -> str:
        return "\n".join(_lines(self.branches))


def _lines(branches: list[Branch]) -> Iterator[str]:
    yield "system"
    for branch in branches:
        yield f"├─ {branch.kind} ({len(branch.actors)})"
        yield from (f"│  ├─ {node}" for node in branch.actors)
        yield from (
            f"│  ├─ {branch.kind}/{key} quarantined for {left_s:.1f} s" for key, left_s in branch.quarantined.items()
        )
