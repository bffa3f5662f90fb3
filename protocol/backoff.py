"""How long to wait before the next attempt: exponential, with full jitter."""

from collections.abc import Callable
from typing import Final

BASE_S: Final = 1.0
LONGEST_S: Final = 30.0


class Backoff:
    """Counts failed attempts. `random` gives numbers from 0 to 1.

    Full jitter, anything from nothing to the bound, because a hub that comes back is met by all its clients at once;
    a bound with a little jitter around it would let them come in waves.
    """

    __slots__ = ("_base_s", "_failures", "_random")

    def __init__(self, random: Callable[[], float], base_s: float = BASE_S) -> None:
        self._random = random
        self._base_s = base_s
        self._failures = 0

    def next_s(self) -> float:
        """Return the seconds to wait after one more failure; at most 30."""
        bound = min(self._base_s * 2.0 ** min(self._failures, 16), LONGEST_S)
        self._failures += 1
        return self._random() * bound

    def reset(self) -> None:
        """Begin again: an attempt was a success."""
        self._failures = 0
