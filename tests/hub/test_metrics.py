"""What `/metrics` shows, and that its names are as Prometheus wants them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from actors.runtime import KindStatistics
from actors.values import Lane
from http_edge.socketio import SocketStatistics
from hub.accept import AcceptStatistics
from hub.meters import CallCounts, HubMeters, LagProbe, RequestCounts
from hub.metrics import Sources, registry_of
from storage.statistics import Buckets

CONNECTIONS = AcceptStatistics(
    open=3, accepted=10, refused_total=1, refused_address=2, failed=4, aborted=5, accept_errors=6
)
CONVERSATIONS = KindStatistics(
    actors=7,
    quarantined=1,
    depth=30,
    deepest=20,
    told=100,
    refused=2,
    dropped=0,
    unhandled=0,
    crashes={"ValueError": 3, "OSError": 1},
    restarts=4,
    passivations=9,
    gave_up=1,
)
# The rules of promtool's linter that a name can break by itself.
UNITS_THAT_ARE_NO_BASE = re.compile(
    r"_(ms|millis\w*|us|micros\w*|ns|minutes|hours|days|kb|mb|kilobytes|bits|percent)(_|$)"
)
TYPES_IN_NAMES = re.compile(r"_(counter|gauge|histogram|summary)(_|$)")


@dataclass
class Log:
    queued_rows: int = 11
    queue_limit: int = 1_000
    search_backlog: int = 12
    failed_commits: int = 13
    batch_rows: Buckets = field(default_factory=lambda: Buckets((1.0, 10.0)))
    commit_s: Buckets = field(default_factory=lambda: Buckets((0.001, 0.01)))


@dataclass
class Websockets:
    connections: AcceptStatistics = CONNECTIONS
    sessions: int = 2
    outbox_bytes: int = 4_096
    slow_closes: int = 1


@pytest.fixture
def meters() -> HubMeters:
    return HubMeters()


@pytest.fixture
def calls() -> CallCounts:
    return CallCounts()


@pytest.fixture
def requests() -> RequestCounts:
    return RequestCounts()


@pytest.fixture
def registry(meters: HubMeters, calls: CallCounts, requests: RequestCounts) -> CollectorRegistry:
    sources = Sources(
        version="1.2.3",
        meters=meters,
        calls=calls,
        requests=requests,
        lag=LagProbe(),
        actors=lambda: {"conversation": CONVERSATIONS},
        http=lambda: CONNECTIONS,
        websockets=Websockets,
        sockets=lambda: SocketStatistics(9, 8, 6, 512, 3, 2),
        rooms=lambda: 5,
        bots_online=lambda: 4,
        log=Log,
    )
    return registry_of(sources)


def families(registry: CollectorRegistry) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(generate_latest(registry).decode())}


@pytest.mark.parametrize(
    ("sample", "labels", "value"),
    [
        ("hubbub_build_info", {"version": "1.2.3"}, 1),
        ("hubbub_sessions", {}, 2),
        ("hubbub_rooms", {}, 5),
        ("hubbub_outbox_bytes", {}, 4_096),
        ("hubbub_slow_closes_total", {}, 1),
        ("hubbub_connections", {"listener": "ws"}, 3),
        ("hubbub_socketio_sessions", {"transport": "websocket"}, 6),
        ("hubbub_socketio_sessions", {"transport": "polling"}, 3),
        ("hubbub_socketio_joined", {}, 8),
        ("hubbub_socketio_waiting_bytes", {}, 512),
        ("hubbub_socketio_closes_total", {"cause": "slow"}, 3),
        ("hubbub_socketio_closes_total", {"cause": "silent"}, 2),
        ("hubbub_connections_refused_total", {"listener": "http", "cap": "address"}, 2),
        ("hubbub_published_messages_total", {}, 7),
        ("hubbub_delivered_events_total", {}, 500),
        ("hubbub_bots_online", {}, 4),
        ("hubbub_commands_total", {"event": "pushed"}, 3),
        ("hubbub_publish_duration_seconds_bucket", {"stage": "total", "le": "0.005"}, 2),
        ("hubbub_publish_duration_seconds_count", {"stage": "total"}, 2),
        ("hubbub_publish_duration_seconds_sum", {"stage": "total"}, 0.008),
        ("hubbub_commit_changes_count", {}, 0),
        ("hubbub_commit_duration_seconds_bucket", {"le": "+Inf"}, 0),
        ("hubbub_failed_commits_total", {}, 13),
        ("hubbub_commit_queue_rows", {}, 11),
        ("hubbub_mailbox_depth", {"kind": "conversation"}, 30),
        ("hubbub_mailbox_depth_max", {"kind": "conversation"}, 20),
        ("hubbub_actor_restarts_total", {"kind": "conversation", "cause": "ValueError"}, 3),
        ("hubbub_event_loop_lag_seconds_count", {}, 0),
    ],
)
def test_every_figure_is_there(
    registry: CollectorRegistry, meters: HubMeters, sample: str, labels: dict[str, str], value: float
) -> None:
    meters.published(7)
    meters.commands("pushed", 3)
    meters.delivered(500)
    meters.waited("total", 0.008, 2)
    assert registry.get_sample_value(sample, labels) == value


def test_calls_of_webhooks_are_told_by_kind(registry: CollectorRegistry, calls: CallCounts) -> None:
    for lane, count in (
        (Lane("cordless", 1), 3),
        (Lane("cordless", 2), 2),
        (Lane("events", 1), 9),
        (Lane("events", 1), 0),
    ):
        calls.waiting(lane, count)
    calls.attempted("cordless", "timeout", 7.0)
    calls.given_up("events", 4)
    value = registry.get_sample_value
    assert value("hubbub_webhook_calls_waiting", {"kind": "cordless"}) == 5
    assert value("hubbub_webhook_calls_waiting", {"kind": "events"}) is None
    assert value("hubbub_webhook_attempts_total", {"kind": "cordless", "outcome": "timeout"}) == 1
    assert value("hubbub_webhook_calls_given_up_total", {"kind": "events"}) == 4
    assert value("hubbub_webhook_attempt_duration_seconds_bucket", {"le": "10"}) == 1


def test_requests_are_told_by_route(registry: CollectorRegistry, requests: RequestCounts) -> None:
    requests.answered("POST", "/rooms/<key>", "2xx", 0.003)
    requests.answered("POST", "/rooms/<key>", "2xx", 0.03)
    requests.answered("POST", "/rooms/<key>", "hung_up", 9.0)
    requests.answered("GET", "/up", "5xx", 0.001)
    route = {"route": "/rooms/<key>"}
    value = registry.get_sample_value
    assert value("hubbub_http_requests_total", {**route, "method": "POST", "outcome": "2xx"}) == 2
    assert value("hubbub_http_requests_total", {**route, "method": "POST", "outcome": "hung_up"}) == 1
    assert value("hubbub_http_requests_total", {"route": "/up", "method": "GET", "outcome": "5xx"}) == 1
    assert value("hubbub_http_request_duration_seconds_bucket", {**route, "le": "0.05"}) == 2
    assert value("hubbub_http_request_duration_seconds_count", {"route": "/up"}) == 1


def test_names_pass_the_linter_of_prometheus(registry: CollectorRegistry) -> None:
    for name, family in families(registry).items():
        assert family.documentation, name
        assert re.fullmatch(r"(hubbub|botlive|process)_[a-z][a-z0-9_]*", name), name
        assert not UNITS_THAT_ARE_NO_BASE.search(name), name
        assert not TYPES_IN_NAMES.search(name), name
        assert not name.endswith(("_total", "_sum", "_count", "_bucket")), name
        is_counter = all(sample.name.endswith(("_total", "_created")) for sample in family.samples)
        assert is_counter == (family.type == "counter") or not family.samples, name


def test_each_family_is_told_once(registry: CollectorRegistry) -> None:
    text = generate_latest(registry).decode()
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names))
    assert "_created" not in text
