"""Answers that need not be read again until something changes them. Pure; lives in the trio thread.

What every request of a bot begins with is read far more often than it changes. All that changes it goes through this
process, which says so once the change is on disk and before anybody hears of it: so nobody who knows of a change is
given an answer from before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

BOUND = 10_000


class Memo(Generic[K, V]):
    """At most `bound` answers; the one that was asked for longest ago is forgotten first."""

    __slots__ = ("_answers", "_bound", "now")

    def __init__(self, bound: int = BOUND) -> None:
        self._answers: OrderedDict[K, V] = OrderedDict()
        self._bound = bound
        self.now = 0
        """Which state of things this is; look at it before you read."""

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: K) -> V | None:
        """Return the answer, if it is known."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def keep(self, key: K, answer: V, then: int) -> None:
        """Remember what was read, unless something has changed since `then`, the `now` of before the reading."""
        if then != self.now:
            return
        self._answers[key] = answer
        if len(self._answers) > self._bound:
            self._answers.popitem(last=False)

    def changed(self, keys: Iterable[K]) -> None:
        """What is known of these holds no longer, nor does what is being read."""
        self.now += 1
        for key in keys:
            self._answers.pop(key, None)

    def all_changed(self) -> None:
        """Nothing that is known holds any longer, nor does what is being read."""
        self.now += 1
        self._answers.clear()
