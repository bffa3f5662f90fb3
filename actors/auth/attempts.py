"""How often an address, or a user, may guess at a password."""

from collections import Counter, defaultdict
from collections.abc import Callable

import trio

from actors.bucket import Buckets, Rate


class Attempts:
    """Counts the wrong ones. An attempt is counted before it is made, so that many at once are no way around the limit.

    A right one gives its count back. So those for whom nothing is left wait while others of the same key are under way,
    and people who come with right passwords, all at once from one office, are held up and not turned away.
    """

    __slots__ = ("_buckets", "_monotonic", "_under_way", "_waiting")

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self._buckets = Buckets(rate)
        self._monotonic = monotonic
        self._under_way: Counter[str] = Counter()
        self._waiting: defaultdict[str, trio.lowlevel.ParkingLot] = defaultdict(trio.lowlevel.ParkingLot)

    async def begin(self, key: str) -> float:
        """Count an attempt. 0: make it, and call `end`; else the seconds until there may be one again."""
        while wait_s := self._buckets.take(key, self._monotonic()):
            if not self._under_way[key]:
                return wait_s
            await self._waiting[key].park()
        self._under_way[key] += 1
        return 0.0

    def end(self, key: str, *, right: bool) -> None:
        """The attempt was made, or given up, which counts as a wrong one."""
        self._under_way[key] -= 1
        if right:
            self._buckets.give_back(key)
            self._waiting[key].unpark()
        if not self._under_way[key]:
            # Nobody is left who would give anything back, or would wake those who wait.
            del self._under_way[key]
            self._waiting.pop(key, trio.lowlevel.ParkingLot()).unpark_all()
