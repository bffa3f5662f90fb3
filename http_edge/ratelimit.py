"""Who failed too often stays out for a while. Pure; time comes in as seconds of any growing clock.

How often somebody may call is counted by `actors.window.Windows`, exact and bounded in the same way.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

BOUND: Final = 10_000


class Bans:
    """Counts the failures of each key; the one with number `after` starts a ban of `ban_s` seconds.

    Nothing that happens during a ban makes it longer, and after it the count starts anew. There is no waiting in here,
    so however many calls fail at once, the ban begins with exactly that one. Both tables hold `bound` keys and forget
    the one that was touched longest ago; failures of new keys never push a ban out.
    """

    __slots__ = ("_after", "_ban_s", "_bound", "_failures", "_until")

    def __init__(self, after: int, ban_s: float, bound: int = BOUND) -> None:
        self._after = after
        self._ban_s = ban_s
        self._bound = bound
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._until: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures) + len(self._until)

    def is_banned(self, key: str, now: float) -> bool:
        """Whether the key stays out."""
        until = self._until.get(key)
        if until is not None and until <= now:
            del self._until[key]
            return False
        return until is not None

    def failed(self, key: str, now: float) -> None:
        """Count a failure. Those that were under way when the ban began count for nothing."""
        if self.is_banned(key, now):
            return
        count = self._failures.pop(key, 0) + 1
        if count >= self._after:
            self._until[key] = now + self._ban_s
        else:
            self._failures[key] = count
        for table in (self._failures, self._until):
            if len(table) > self._bound:
                table.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Clear the key's count."""
        self._failures.pop(key, None)
