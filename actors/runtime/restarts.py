"""When an actor that failed may try again."""

from collections import deque
from random import Random

import msgspec


class RestartPolicy(msgspec.Struct, frozen=True):
    """`limit` failures within `window_s` are each followed by a restart; one more, and the actor is given up.

    The delay doubles with each failure in the window, from `first_delay_s` to `max_delay_s`; `jitter` is the fraction
    of it that is left to chance, so that actors that fell together do not get up together.
    """

    first_delay_s: float = 0.05
    max_delay_s: float = 5.0
    jitter: float = 0.5
    limit: int = 5
    window_s: float = 30.0

    def delay_s(self, failures: int, random: Random) -> float:
        """How long to wait after that many failures, the first being 1."""
        # The exponent is bounded: a generous limit must not overflow a float.
        full = min(self.max_delay_s, self.first_delay_s * 2.0 ** min(failures - 1, 64))
        return full * (1 - self.jitter * random.random())


class FailureHistory:
    """What went wrong with one actor: the times that count for the limit, and what can be seen of it in the tree."""

    __slots__ = ("_last_at", "_last_text", "_policy", "_times", "restarts")

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._times: deque[float] = deque()
        self._last_text = ""
        self._last_at = 0.0
        self.restarts = 0

    def note(self, text: str, now: float) -> None:
        """A life ended with a failure."""
        self._last_text, self._last_at = text, now
        self._times.append(now)
        while self._times[0] <= now - self._policy.window_s:
            self._times.popleft()

    def next_delay_s(self, random: Random) -> float | None:
        """How long to wait before the restart, or None: enough is enough."""
        if len(self._times) > self._policy.limit:
            return None
        return self._policy.delay_s(len(self._times), random)

    def last(self, now: float) -> str:
        """The last failure, in words."""
        return f"{self._last_text}, {now - self._last_at:.1f} s ago"
