"""How long a connection may be silent, unknown or behind. No I/O, no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from protocol.codes import CloseCode

RECHECK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: until `hello`, between pings, of silence, and of a full outbox."""

    hello_s: float
    ping_s: float
    silence_s: float
    full_s: float


class Look(NamedTuple):
    """What a look says: the code to close with if patience is at its end, whether to ping now, when to look again."""

    close: CloseCode | None
    ping: bool
    next_at: float


class Pulse:
    """The times of one open connection. Its owner sets `heard_at` when anything arrives.

    `busy`: one of its messages is being handled. The hub reads nothing meanwhile, so silence is not held against the
    peer.
    """

    __slots__ = ("_full_at", "_hello_at", "_patience", "_ping_at", "busy", "heard_at")

    def __init__(self, patience: Patience, now: float) -> None:
        self._patience = patience
        self._hello_at = now + patience.hello_s
        self._ping_at = now + patience.ping_s
        self._full_at = math.inf
        self.heard_at = now
        self.busy = False

    def full(self, now: float) -> float:
        """The outbox has become full; return when it will have been for too long."""
        self._full_at = now + self._patience.full_s
        return self._full_at

    def has_room(self) -> None:
        """The outbox is no longer full."""
        self._full_at = math.inf

    def look(self, now: float, *, signed_in: bool) -> Look:
        """Say what is due; `next_at` is in the future."""
        hello_at = math.inf if signed_in else self._hello_at
        silent_at = self.heard_at + self._patience.silence_s
        ping = now >= self._ping_at
        if ping:
            self._ping_at = now + self._patience.ping_s
        due = [at if at > now else now + RECHECK_S for at in (hello_at, silent_at, self._ping_at, self._full_at)]
        return Look(self._verdict(now, hello_at, silent_at), ping, min(due))

    def _verdict(self, now: float, hello_at: float, silent_at: float) -> CloseCode | None:
        if now >= self._full_at:
            return CloseCode.TOO_SLOW
        if self.busy:
            return None
        if now >= hello_at:
            return CloseCode.NO_HELLO
        return CloseCode.SILENT if now >= silent_at else None
