"""Sliding windows: at most so many calls within any span of time. Pure; time comes in as seconds of a growing clock."""

from collections import OrderedDict, deque
from typing import NamedTuple


class Span(NamedTuple):
    """At most `limit` calls within any `span_s` seconds."""

    limit: int
    span_s: float


class Windows:
    """A window for each of many keys.

    Only calls that were let in count, so that whoever waits `span_s` always gets in. Exact: whenever the span is laid
    over the calls that were let in, it holds `limit` of them at most. The key that was let in longest ago is forgotten
    when there are more than `bound`; to be pardoned that way one has to hold `bound` keys.
    """

    __slots__ = ("_bound", "_calls", "_span")

    def __init__(self, span: Span, bound: int = 100_000) -> None:
        self._span = span
        self._bound = bound
        self._calls: OrderedDict[object, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._calls)

    def take(self, key: object, now: float) -> float:
        """Let a call in and answer 0, or answer the seconds until one may come in: then nothing was counted."""
        limit, span_s = self._span
        calls = self._calls.get(key)
        if calls is None:
            calls = self._calls[key] = deque()
        # The same sum as below, not a difference: rounded another way, a wait of 0 would let a call in uncounted.
        while calls and calls[0] + span_s <= now:
            calls.popleft()
        if len(calls) >= limit:
            return calls[0] + span_s - now
        calls.append(now)
        self._calls.move_to_end(key)
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the keys that nothing is known of any more, and those that are too many."""
        while self._calls:
            calls = next(iter(self._calls.values()))
            if len(self._calls) <= self._bound and calls and calls[-1] + self._span.span_s > now:
                return
            self._calls.popitem(last=False)
