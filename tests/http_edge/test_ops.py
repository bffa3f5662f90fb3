"""The operations endpoints and the errors of the edge, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from http_edge.app import HubApp, create_app


class OneCounter:
    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily("hubbub_things", "Things that happened.", value=7)


@dataclass
class Operations:
    reason: str | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def health(self) -> str | None:
        return self.reason


@pytest.fixture
def operations() -> Operations:
    return Operations()


@pytest.fixture
def app(operations: Operations) -> HubApp:
    return create_app(operations)


async def test_up_is_ok_while_writes_are_taken(app: HubApp) -> None:
    answer = await app.test_client().get("/up")
    assert (answer.status_code, await answer.get_json()) == (200, {"status": "ok"})


async def test_up_tells_why_writes_are_not_taken(app: HubApp, operations: Operations) -> None:
    operations.reason = "disk full"
    answer = await app.test_client().get("/up")
    assert (answer.status_code, await answer.get_json()) == (503, {"status": "unavailable", "reason": "disk full"})
    assert answer.headers["Cache-Control"] == "no-store"


async def test_metrics_speak_prometheus(app: HubApp, operations: Operations) -> None:
    operations.registry.register(OneCounter())
    answer = await app.test_client().get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    (family,) = text_string_to_metric_families(await answer.get_data(as_text=True))
    assert (family.name, family.samples[0].value) == ("hubbub_things", 7)


@pytest.mark.parametrize("path", ["/", "/up/", "/secret-key-12345", "/static/x", "/%00", "/..%2f..%2fetc/passwd"])
async def test_unknown_paths_are_answered_without_repeating_them(app: HubApp, path: str) -> None:
    answer = await app.test_client().get(path)
    assert (answer.status_code, await answer.get_json()) == (404, {"error": "not_found", "message": "Not Found"})


async def test_another_method_is_told_which_ones_fit(app: HubApp) -> None:
    answer = await app.test_client().post("/up")
    assert (answer.status_code, (await answer.get_json())["error"]) == (405, "method_not_allowed")
    assert {word.strip() for word in answer.headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
