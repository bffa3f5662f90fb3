"""Sessions that stay: whoever loses the connection comes back by itself, as a client of the protocol does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from time import monotonic_ns

from loadtest.pacer import NS
from loadtest.session import Session
from loadtest.swarm import Swarm
from loadtest.tally import Tally
from loadtest.timers import Timers
from protocol.backoff import Backoff

AGAIN_S = 0.1


class Comeback(Enum):
    """When a session tries to come back that was lost. The values are those of scenario files."""

    BACK_OFF = "back-off"
    """After a random time up to 1 s, then 2, 4, … 30 s: what the SDK does, by its own code."""
    AT_ONCE = "at-once"
    """As soon as the hub accepts, and every 0.1 s where that failed."""


class Crowd:
    """The sessions on a swarm. `hold` keeps those that come back at once from knocking at a hub that is not there."""

    def __init__(self, swarm: Swarm, tally: Tally, comeback: Comeback = Comeback.BACK_OFF) -> None:
        self._swarm = swarm
        self._tally = tally
        self._comeback = comeback
        self._timers = Timers()
        self._backoffs: dict[Session, Backoff] = {}
        self._outside: list[Session] | None = None
        self.sessions: list[Session] = []

    def enter(self, tokens: Sequence[str], *, receive_bytes: int | None = None) -> list[Session]:
        """Open a session for each token, in order, and return them once all are synced.

        Raises SignInFailed when one is refused or it takes too long.
        """
        return self._swarm.gather(len(tokens), lambda number: self._begin(tokens[number], receive_bytes))

    def wait(self, delay_s: float, action: Callable[[], None]) -> None:
        """Have something done so many seconds from now."""
        self._timers.at(monotonic_ns() + round(delay_s * NS), action)

    def turn(self, now_ns: int) -> None:
        """Do what is due."""
        self._timers.run(now_ns)

    def hold(self) -> None:
        """There is nothing to come back to until `release`."""
        self._outside = []

    def release(self) -> None:
        """Who came meanwhile may try."""
        held, self._outside = self._outside or [], None
        for session in held:
            self.wait(0, partial(self._open, session))

    def out(self) -> int:
        """Return how many are not in, or not caught up yet, and may still be."""
        return sum(not session.caught_up and session.lost is None for session in self.sessions)

    def problems(self) -> list[str]:
        """Return in words who does not come back, and why."""
        lost = Counter(session.lost for session in self.sessions if session.lost)
        problems = [f"{count} sessions are lost for good: {reason}" for reason, count in lost.items()]
        out = self.out()
        return [*problems, f"{out} sessions never came back"] if out else problems

    def _begin(self, token: str, receive_bytes: int | None) -> Session:
        session = Session(token, self._tally, self.wait, self._lost)
        session.receive_bytes = receive_bytes
        self.sessions.append(session)
        self._open(session)
        return session

    def _open(self, session: Session) -> None:
        self._swarm.join(session.open)

    def _lost(self, session: Session, was_in: bool) -> None:
        if session.lost is not None:
            return
        if self._comeback is Comeback.BACK_OFF:
            backoff = self._backoffs.setdefault(session, Backoff(random.random))
            if was_in:
                backoff.reset()
            self.wait(backoff.next_s(), partial(self._open, session))
        elif self._outside is not None:
            self._outside.append(session)
        else:
            self.wait(AGAIN_S, partial(self._open, session))
