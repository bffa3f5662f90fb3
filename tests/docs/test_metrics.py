"""The reference of the metrics has each one that the hub shows, with its type and labels."""

import re
from typing import NamedTuple

from prometheus_client.metrics_core import Metric

from actors.runtime.statistics import Counts
from actors.values import Lane
from http_edge.socketio import SocketStatistics
from hub.accept import AcceptStatistics
from hub.meters import BotliveCounts, CallCounts, HubMeters, LagProbe, RequestCounts
from hub.metrics import HubCollector, Sources
from hub.ws import WsStatistics
from storage.statistics import BATCH_ROWS, COMMIT_S, Buckets, StorageStatistics
from tests.docs.documents import ROOT

DOCUMENT = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `((?:hubbub|botlive)_\w+)` \| (\w+) \| (.*?) \|", re.MULTILINE)


class Family(NamedTuple):
    name: str
    type: str
    labels: tuple[str, ...]


def shown() -> list[Family]:
    """The families of a hub to which everything has happened once."""
    counts = Counts()
    counts.crash(ValueError())
    calls = CallCounts()
    calls.waiting(Lane("cordless", 1), 1)
    calls.attempted("cordless", "ok", 0.1)
    calls.given_up("events", 1)
    requests = RequestCounts()
    requests.answered("GET", "/up", "2xx", 0.1)
    connections = AcceptStatistics(1, 1, 1, 1, 1, 1, 1)
    meters = HubMeters()
    meters.commands("queued")
    botlive = BotliveCounts()
    botlive.expect("/botlive/health", "GET", ["internal"])
    sources = Sources(
        version="1",
        meters=meters,
        calls=calls,
        requests=requests,
        botlive=botlive,
        lag=LagProbe(),
        actors=lambda: {"bot": counts.snapshot([1], 0)},
        http=lambda: connections,
        websockets=lambda: WsStatistics(connections, 1, 1, 1),
        sockets=lambda: SocketStatistics(1, 1, 1, 1, 1, 1),
        rooms=lambda: 1,
        bots_online=lambda: 1,
        log=lambda: StorageStatistics(1, 1, 1, 1, Buckets(BATCH_ROWS), Buckets(COMMIT_S)),
    )
    return [family(metric) for metric in HubCollector(sources).collect()]


def family(metric: Metric) -> Family:
    suffix = "_total" if metric.type == "counter" else ""
    labels = tuple(label for label in metric.samples[0].labels if label != "le")
    return Family(metric.name + suffix, metric.type, labels)


FAMILIES = shown()


def test_the_reference_has_every_metric_with_its_type_and_labels() -> None:
    told = [Family(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in ROW.findall(DOCUMENT)]
    assert sorted(told) == sorted(FAMILIES)


def test_advice_names_real_metrics() -> None:
    names = {each.name for each in FAMILIES}
    assert set(re.findall(r"hubbub_\w+", DOCUMENT)) <= names
