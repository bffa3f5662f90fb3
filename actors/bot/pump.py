"""When commands are to be pushed to a bot's connection, and how many. Pure: times come in as ms since the epoch."""

from typing import Final

from actors.ports import Lease

WINDOW: Final = 32
"""So many commands one connection holds at most. It gets more when half of them are acknowledged, so that a busy one
costs a lease for sixteen commands and not for each."""
RETRY_MS: Final = 1_000


class Pump:
    """What one life of a bot's actor knows of its queue. It begins with knowing nothing, and so with a look."""

    __slots__ = ("_acked", "_ends_at", "_full", "_line", "_not_before", "_waiting")

    def __init__(self) -> None:
        self._waiting = True
        self._full = False
        self._acked = 0
        self._ends_at: int | None = None
        self._not_before = 0
        self._line: str | None = None

    def queued(self) -> None:
        """A command has come."""
        self._waiting = True

    def acknowledged(self) -> None:
        """A command is done."""
        self._acked += 1
        if self._acked >= WINDOW // 2:
            self._full = False

    def returned(self) -> None:
        """Leases were given back."""
        self._waiting = True
        self._full = False

    def leased(self, lease: Lease, line: str | None = None) -> None:
        """This is what a lease gave, to a line or to a poll."""
        self._waiting = lease.more
        self._ends_at = lease.ends_at
        if line is not None:
            # What is left beside a line that has got all it may waits for its acknowledgements.
            self._full = lease.more
            self._acked = 0

    def failed(self, now: int) -> None:
        """The line took nothing, or the store gave nothing: not again before a moment has passed."""
        self._waiting = True
        self._full = False
        self._not_before = now + RETRY_MS

    def is_due(self, line: str, now: int) -> bool:
        """Whether the bot's newest line, which is this one, is to be given commands."""
        if line != self._line:
            self._line = line
            self._full = False
        return self.due_at <= now

    @property
    def due_at(self) -> float:
        """When to look again while a line is there, `inf` for not before something happens."""
        at = 0.0 if self._waiting and not self._full else float("inf")
        if self._ends_at is not None:
            at = min(at, self._ends_at)
        return max(at, self._not_before)
