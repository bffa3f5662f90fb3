"""Counters for the hot path: plain numbers, read by `hub.metrics` when somebody asks.

`prometheus_client`'s own objects take a lock and a dictionary look-up for every call (1–2 µs each, measured); all of
this happens in one thread, where `+=` is enough. tests/hub/test_meters.py holds the price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, get_args

import trio

from actors.ports import Stage
from actors.values import Lane
from storage.statistics import Buckets

LATENCY_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
STAGE_S: Final = (0.0001, 0.00025, 0.0005, *LATENCY_S)
CALL_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LAG_INTERVAL_S = 0.1


class HubMeters:
    """What conversations and bots count; implements `actors.ports.Meters` and `CommandMeters`.

    Well under a microsecond a call.
    """

    __slots__ = ("command_events", "deliveries", "publishes", "stages")

    def __init__(self) -> None:
        self.command_events: Counter[str] = Counter()
        self.publishes = 0
        self.deliveries = 0
        self.stages: dict[Stage, Buckets] = {stage: Buckets(STAGE_S) for stage in get_args(Stage)}

    def published(self, count: int) -> None:
        """So many messages were committed."""
        self.publishes += count

    def delivered(self, count: int) -> None:
        """So many event frames were handed to outboxes."""
        self.deliveries += count

    def waited(self, stage: Stage, seconds: float, count: int) -> None:
        """How long so many messages took in this stage, all of them together."""
        self.stages[stage].observe(seconds / count, count)

    def commands(self, event: str, count: int = 1) -> None:
        """So many commands were `queued`, handed out (`polled`, `pushed`), `returned`, `completed` or `failed`."""
        self.command_events[event] += count


class CallCounts:
    """What webhooks count; implements `actors.ports.CallMeters`."""

    __slots__ = ("_waiting", "attempts", "durations", "given_up_calls")

    def __init__(self) -> None:
        self._waiting: dict[Lane, int] = {}
        self.attempts: Counter[tuple[str, str]] = Counter()
        self.given_up_calls: Counter[str] = Counter()
        self.durations = Buckets(CALL_S)

    def waiting(self, lane: Lane, count: int) -> None:
        """So many calls of the lane wait now."""
        if count:
            self._waiting[lane] = count
        else:
            self._waiting.pop(lane, None)

    def attempted(self, kind: str, outcome: str, seconds: float) -> None:
        """One call was attempted."""
        self.attempts[kind, outcome] += 1
        self.durations.observe(seconds)

    def given_up(self, kind: str, count: int) -> None:
        """So many calls will not be attempted any more."""
        self.given_up_calls[kind] += count

    def waiting_by_kind(self) -> Counter[str]:
        """How many calls wait, as of the last look into each lane."""
        total: Counter[str] = Counter()
        for lane, count in self._waiting.items():
            total[lane.kind] += count
        return total


class RequestCounts:
    """What the HTTP edge counts; implements `http_edge.access.RequestMeters`.

    There are as many entries as there are routes: it is their templates that are counted, never a path.
    """

    __slots__ = ("answers", "durations")

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, str]] = Counter()
        self.durations: dict[str, Buckets] = {}

    def answered(self, method: str, route: str, outcome: str, seconds: float) -> None:
        """One request came to its end."""
        self.answers[method, route, outcome] += 1
        histogram = self.durations.get(route)
        if histogram is None:
            histogram = self.durations[route] = Buckets(LATENCY_S)
        histogram.observe(seconds)


class BotliveCounts:
    """What Botlive counts; implements `http_edge.dialects.botlive.meters.Meters`."""

    __slots__ = ("answers", "durations", "failures")

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, str]] = Counter()
        self.failures: Counter[tuple[str, str]] = Counter()
        self.durations: dict[str, Buckets] = {}

    def expect(self, endpoint: str, method: str, kinds: Iterable[str]) -> None:
        """There is such a route: its figures are 0 up to its first call."""
        self.answers[endpoint, method, "200"] += 0
        for kind in kinds:
            self.failures[endpoint, kind] += 0
        self.durations.setdefault(endpoint, Buckets(LATENCY_S))

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """One call came to its end."""
        self.answers[endpoint, method, str(status)] += 1
        self.durations[endpoint].observe(seconds)

    def failed(self, endpoint: str, kind: str) -> None:
        """Something could not be done."""
        self.failures[endpoint, kind] += 1


class LagProbe:
    """How late the event loop runs what is due: a sleeper that looks at the clock when it wakes."""

    def __init__(self) -> None:
        self.lags = Buckets(LATENCY_S)
        self.last_s = 0.0

    async def run(self) -> None:
        """Measure for ever, ten times a second."""
        while True:
            due = trio.current_time() + LAG_INTERVAL_S
            await trio.sleep_until(due)
            self.last_s = trio.current_time() - due
            self.lags.observe(self.last_s)
