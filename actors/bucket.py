"""Token buckets: how often somebody may do something. Pure; time comes in as seconds of any clock that only grows."""

from collections import OrderedDict
from typing import NamedTuple


class Rate(NamedTuple):
    """So many per second in the long run, and `burst` at once."""

    per_s: float
    burst: int


class Bucket:
    """A full bucket holds `rate.burst`; it fills with time."""

    __slots__ = ("_left", "_rate", "_since")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._left = float(rate.burst)
        self._since = now

    def take(self, now: float) -> float:
        """Take one. The answer is 0 when there was one, else the seconds until there is: then nothing was taken."""
        per_s, burst = self._rate
        left = min(burst, self._left + (now - self._since) * per_s)
        self._since = now
        if left < 1:
            self._left = left
            return (1 - left) / per_s
        self._left = left - 1
        return 0.0

    def give_back(self) -> None:
        """Undo one `take`."""
        self._left = min(self._rate.burst, self._left + 1)


class Buckets:
    """A bucket for each of many keys. The one that was used longest ago is forgotten when there are too many.

    Forgetting is a pardon. To be pardoned, one would have to spread over `bound` other keys within the time a bucket
    takes to fill, and then has no need of it.
    """

    __slots__ = ("_bound", "_buckets", "_rate")

    def __init__(self, rate: Rate, bound: int = 10_000) -> None:
        self._rate = rate
        self._bound = bound
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float) -> float:
        """As `Bucket.take`, from the key's bucket."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, now)
            if len(self._buckets) > self._bound:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket.take(now)

    def give_back(self, key: str) -> None:
        """As `Bucket.give_back`; nothing for a key that was forgotten."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.give_back()
