"""What `/metrics` shows: the counters of every part of the hub, read when somebody asks.

Names follow the rules that `promtool check metrics` holds: base units, `_total` on counters only, a help text each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from actors.order.lanes import SHOP
from actors.runtime import KindStatistics
from hub.accept import AcceptStatistics
from hub.meters import BotliveCounts, CallCounts, HubMeters, LagProbe, RequestCounts

BOTLIVE_LABELS: Final = ("endpoint", "method", "status")
TAKEN: Final = "ok"
Row = tuple[Iterable[str], float]


class Distribution(Protocol):
    """A histogram of plain numbers, as `hub.meters` and the storage keep them."""

    @property
    def sum(self) -> float: ...

    def cumulative(self) -> list[tuple[float, int]]: ...


class Log(Protocol):
    """What the storage tells of its writer; see `storage.statistics`."""

    @property
    def queued_rows(self) -> int: ...
    @property
    def queue_limit(self) -> int: ...
    @property
    def search_backlog(self) -> int: ...
    @property
    def failed_commits(self) -> int: ...
    @property
    def batch_rows(self) -> Distribution: ...
    @property
    def commit_s(self) -> Distribution: ...


class Connections(Protocol):
    """What the WebSocket listener tells; see `hub.ws.WsStatistics`."""

    @property
    def connections(self) -> AcceptStatistics: ...
    @property
    def sessions(self) -> int: ...
    @property
    def outbox_bytes(self) -> int: ...
    @property
    def slow_closes(self) -> int: ...


class Sockets(Protocol):
    """What Socket.IO tells; see `http_edge.socketio.SocketStatistics`."""

    @property
    def joined(self) -> int: ...
    @property
    def websockets(self) -> int: ...
    @property
    def sessions(self) -> int: ...
    @property
    def waiting_bytes(self) -> int: ...
    @property
    def slow_closes(self) -> int: ...
    @property
    def silent_closes(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the figures come from. Every call is cheap and never blocks."""

    version: str
    meters: HubMeters
    calls: CallCounts
    requests: RequestCounts
    botlive: BotliveCounts = field(default_factory=BotliveCounts)
    lag: LagProbe
    actors: Callable[[], Mapping[str, KindStatistics]]
    http: Callable[[], AcceptStatistics]
    websockets: Callable[[], Connections]
    sockets: Callable[[], Sockets]
    rooms: Callable[[], int]
    bots_online: Callable[[], int]
    log: Callable[[], Log]


def registry_of(sources: Sources) -> CollectorRegistry:
    """Return a registry of its own with the hub's metrics and those of the process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HubCollector(sources))
    ProcessCollector(registry=registry)
    return registry


class HubCollector:
    """Turns the figures of one moment into metric families."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """Yield every family, read in one go: no other task runs meanwhile."""
        sources = self._sources
        websockets = sources.websockets()
        yield _gauge("build_info", "The version that runs.", [((sources.version,), 1)], ("version",))
        yield from _sessions(websockets, sources.rooms())
        yield from _connections({"http": sources.http(), "ws": websockets.connections})
        yield from _sockets(sources.sockets())
        yield from _messages(sources.meters)
        yield from _bots(sources.meters, sources.bots_online())
        yield from _requests(sources.requests)
        yield from _botlive(sources.botlive, sources.calls)
        yield from _calls(sources.calls)
        yield from _commits(sources.log())
        yield from _actors(sources.actors())
        yield _histogram("event_loop_lag_seconds", "How late the event loop ran what was due.", sources.lag.lags)


def _sessions(websockets: Connections, rooms: int) -> Iterator[Metric]:
    yield _gauge("sessions", "Sessions that are signed in.", [((), websockets.sessions)])
    yield _gauge("rooms", "Conversations that somebody listens to.", [((), rooms)])
    yield _gauge("outbox_bytes", "Bytes that wait for peers that read slowly.", [((), websockets.outbox_bytes)])
    yield _counter(
        "slow_closes", "Connections closed because the peer read too slowly.", [((), websockets.slow_closes)]
    )


def _connections(listeners: Mapping[str, AcceptStatistics]) -> Iterator[Metric]:
    def rows(figure: Callable[[AcceptStatistics], int]) -> list[Row]:
        return [((name,), figure(statistics)) for name, statistics in listeners.items()]

    label = ("listener",)
    yield _gauge("connections", "Open connections.", rows(lambda each: each.open), label)
    yield _counter("connections_accepted", "Connections accepted.", rows(lambda each: each.accepted), label)
    refused = [((name, "total"), each.refused_total) for name, each in listeners.items()]
    refused += [((name, "address"), each.refused_address) for name, each in listeners.items()]
    yield _counter("connections_refused", "Connections refused because of a cap.", refused, (*label, "cap"))
    yield _counter("connections_failed", "Connections that a bug ended.", rows(lambda each: each.failed), label)
    yield _counter("connections_aborted", "Connections cut when draining.", rows(lambda each: each.aborted), label)
    yield _counter("accept_errors", "Times the system refused to accept.", rows(lambda each: each.accept_errors), label)


def _sockets(sockets: Sockets) -> Iterator[Metric]:
    carried = [(("websocket",), sockets.websockets), (("polling",), sockets.sessions - sockets.websockets)]
    ended = [(("slow",), sockets.slow_closes), (("silent",), sockets.silent_closes)]
    yield _gauge("socketio_sessions", "Sessions of Socket.IO, by what carries them.", carried, ("transport",))
    yield _gauge("socketio_joined", "Sessions of Socket.IO that have joined.", [((), sockets.joined)])
    yield _gauge("socketio_waiting_bytes", "Bytes that wait for Socket.IO's peers.", [((), sockets.waiting_bytes)])
    yield _counter("socketio_closes", "Sessions of Socket.IO that the hub gave up.", ended, ("cause",))


def _messages(meters: HubMeters) -> Iterator[Metric]:
    yield _counter("published_messages", "Messages committed to disk.", [((), meters.publishes)])
    yield _counter("delivered_events", "Event frames handed to outboxes.", [((), meters.deliveries)])
    stages = "How long messages took in each stage of their way from the door into the outboxes, and in all."
    yield _histograms("publish_duration_seconds", stages, "stage", meters.stages.items())


def _bots(meters: HubMeters, online: int) -> Iterator[Metric]:
    rows = [((event,), float(count)) for event, count in sorted(meters.command_events.items())]
    yield _gauge("bots_online", "Bots that are online.", [((), online)])
    yield _counter("commands", "What became of commands of bots.", rows, ("event",))


def _requests(requests: RequestCounts) -> Iterator[Metric]:
    rows = [(labels, float(count)) for labels, count in requests.answers.items()]
    yield _counter("http_requests", "HTTP requests that came to their end.", rows, ("method", "route", "outcome"))
    yield _histograms(
        "http_request_duration_seconds", "How long HTTP requests took.", "route", requests.durations.items()
    )


def _botlive(botlive: BotliveCounts, calls: CallCounts) -> Iterator[Metric]:
    """Under the names that Botlive's document gives them, which are not the hub's own."""
    answers = CounterMetricFamily("botlive_requests", "Calls that came to their end.", labels=BOTLIVE_LABELS)
    yield _filled(answers, [(labels, float(count)) for labels, count in botlive.answers.items()])
    undelivered = sum(count for (kind, outcome), count in calls.attempts.items() if kind == SHOP and outcome != TAKEN)
    failures = CounterMetricFamily("botlive_errors", "What could not be done.", labels=("endpoint", "kind"))
    rows: list[Row] = [(labels, float(count)) for labels, count in botlive.failures.items()]
    yield _filled(failures, [*rows, (("delivery", "webhook"), float(undelivered))])
    took = HistogramMetricFamily(
        "botlive_response_time_seconds", "How long calls took, streams to their last byte.", labels=("endpoint",)
    )
    for endpoint, durations in botlive.durations.items():
        took.add_metric((endpoint,), *_buckets(durations))
    yield took


def _calls(calls: CallCounts) -> Iterator[Metric]:
    label = ("kind",)
    waiting = [((kind,), float(count)) for kind, count in calls.waiting_by_kind().items()]
    attempts = [(kind_and_outcome, float(count)) for kind_and_outcome, count in calls.attempts.items()]
    given_up = [((kind,), float(count)) for kind, count in calls.given_up_calls.items()]
    yield _gauge("webhook_calls_waiting", "Calls of webhooks that wait in the outbox.", waiting, label)
    yield _counter("webhook_attempts", "Attempts to call a webhook, by outcome.", attempts, (*label, "outcome"))
    yield _counter("webhook_calls_given_up", "Calls that nobody took.", given_up, label)
    yield _histogram("webhook_attempt_duration_seconds", "How long attempts took.", calls.durations)


def _commits(log: Log) -> Iterator[Metric]:
    yield _histogram("commit_changes", "Changes that one commit brought to disk.", log.batch_rows)
    yield _histogram("commit_duration_seconds", "How long a commit took, its fsync included.", log.commit_s)
    yield _counter("failed_commits", "Commits that failed.", [((), log.failed_commits)])
    yield _gauge("commit_queue_rows", "Rows that wait for a commit or are in one.", [((), log.queued_rows)])
    yield _gauge("commit_queue_limit_rows", "Rows that may wait before publishes are refused.", [((), log.queue_limit)])
    yield _gauge(
        "search_backlog_messages", "Messages that are not in the full-text index yet.", [((), log.search_backlog)]
    )


def _actors(kinds: Mapping[str, KindStatistics]) -> Iterator[Metric]:
    def rows(figure: Callable[[KindStatistics], int]) -> list[Row]:
        return [((name,), figure(statistics)) for name, statistics in kinds.items()]

    label = ("kind",)
    yield _gauge("actors", "Actors that are awake.", rows(lambda kind: kind.actors), label)
    yield _gauge(
        "actors_quarantined", "Actors that failed too often, for now.", rows(lambda kind: kind.quarantined), label
    )
    yield _gauge("mailbox_depth", "Messages that wait in mailboxes.", rows(lambda kind: kind.depth), label)
    yield _gauge(
        "mailbox_depth_max", "Messages that wait in the fullest mailbox.", rows(lambda kind: kind.deepest), label
    )
    yield _counter("actor_messages", "Messages that actors took.", rows(lambda kind: kind.told), label)
    yield _counter("actor_refusals", "Messages that full mailboxes refused.", rows(lambda kind: kind.refused), label)
    causes = [((name, cause), n) for name, kind in kinds.items() for cause, n in sorted(kind.crashes.items())]
    restarts = "Failures of actors by cause; each was followed by a restart, or the actor was given up."
    yield _counter("actor_restarts", restarts, causes, (*label, "cause"))
    yield _counter("actors_given_up", "Actors that failed too often.", rows(lambda kind: kind.gave_up), label)
    yield _counter("actor_passivations", "Idle actors put to sleep.", rows(lambda kind: kind.passivations), label)


def _gauge(name: str, text: str, rows: Iterable[Row], labels: tuple[str, ...] = ()) -> Metric:
    return _filled(GaugeMetricFamily(f"hubbub_{name}", text, labels=labels), rows)


def _counter(name: str, text: str, rows: Iterable[Row], labels: tuple[str, ...] = ()) -> Metric:
    return _filled(CounterMetricFamily(f"hubbub_{name}", text, labels=labels), rows)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, rows: Iterable[Row]) -> Metric:
    for labels, value in rows:
        family.add_metric(list(labels), value)
    return family


def _histogram(name: str, text: str, distribution: Distribution) -> Metric:
    family = HistogramMetricFamily(f"hubbub_{name}", text, labels=())
    family.add_metric((), *_buckets(distribution))
    return family


def _histograms(name: str, text: str, label: str, distributions: Iterable[tuple[str, Distribution]]) -> Metric:
    family = HistogramMetricFamily(f"hubbub_{name}", text, labels=(label,))
    for value, distribution in distributions:
        family.add_metric((value,), *_buckets(distribution))
    return family


def _buckets(distribution: Distribution) -> tuple[list[tuple[str, float]], float]:
    rows = [
        ("+Inf" if bound == float("inf") else f"{bound:g}", float(count)) for bound, count in distribution.cumulative()
    ]
    return rows, distribution.sum
