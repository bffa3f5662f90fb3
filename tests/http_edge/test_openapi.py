"""The document and its page: complete, and from nowhere but here."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from http_edge.app import HubApp, create_app
from http_edge.attachments import Files
from http_edge.dialects.aurorialink import AuroriaLink
from http_edge.gateway import Gateway
from http_edge.peers import Peers
from http_edge.ratelimit import Bans
from http_edge.uploads import Slots
from tests.fakes.edge import HttpClient
from tests.fakes.memory_attachments import MemoryLinks
from tests.fakes.stage import Stage

UNDOCUMENTED = {"/openapi.json", "/docs/", "/docs/<name>"}


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


@pytest.fixture
def app() -> HubApp:
    """All that the edge has."""
    stage, peers = Stage(), Peers()
    aurorialink = AuroriaLink(stage.store.accounts, Gateway(stage.system), peers, Bans(15, 600)).dialect()
    files = Files(
        accounts=stage.store.accounts,
        library=stage.store.library,
        attachments=stage.store.attachments,
        signer=MemoryLinks(),
        gateway=Gateway(stage.system),
        clock=stage.clock,
        slots=Slots(),
        max_upload_bytes=1_000,
    )
    return create_app(Operations(), dialects=[aurorialink], files=files, peers=peers)


async def document(app: HubApp) -> dict[str, Any]:
    answer = await HttpClient(app).get("/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    loaded: dict[str, Any] = json.loads(answer.body)
    return loaded


async def test_every_route_is_in_the_document_with_a_summary(app: HubApp) -> None:
    paths = (await document(app))["paths"]
    routes = {rule.rule for rule in app.url_map.iter_rules()} - UNDOCUMENTED
    assert {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in routes} == set(paths)
    for methods in paths.values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["tags"]


async def test_every_reference_in_the_document_leads_somewhere(app: HubApp) -> None:
    loaded = await document(app)
    known = set(loaded["components"]["schemas"])
    assert set(re.findall(r"#/components/schemas/([\w.]+)", json.dumps(loaded))) <= known


async def test_bodies_are_described_in_each_encoding_and_empty_answers_as_empty(app: HubApp) -> None:
    operation = (await document(app))["paths"]["/app/bot_api.php"]["post"]
    kinds = {"application/x-www-form-urlencoded", "multipart/form-data", "application/json"}
    assert set(operation["requestBody"]["content"]) == kinds
    assert "content" not in operation["responses"]["404"]
    assert operation["responses"]["404"]["description"]


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/docs.js", "/docs/docs.css"])
async def test_the_page_is_all_here(app: HubApp, path: str) -> None:
    answer = await HttpClient(app).get(path)
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(rb"https?://|src=\"//|url\(", answer.body)


async def test_what_the_page_asks_for_is_served(app: HubApp) -> None:
    page = (await HttpClient(app).get("/docs")).body.decode()
    for path in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert (await HttpClient(app).get(path)).status == 200


@pytest.mark.parametrize("path", ["/docs/openapi.py", "/docs/..%2fopenapi.py", "/docs/docs.html", "/docs/../app.py"])
async def test_nothing_else_is_a_file(app: HubApp, path: str) -> None:
    assert (await HttpClient(app).get(path)).status == 404
