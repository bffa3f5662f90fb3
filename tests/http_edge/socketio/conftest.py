from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import trio

from http_edge.app import HubApp, dialect_app
from http_edge.origins import Origins
from http_edge.socketio import Polling, SocketServer, Terms
from tests.fakes.edge import HttpClient
from tests.fakes.sockets import ORIGIN, FakeHandler, Poller
from tests.fakes.virtual_time import in_virtual_time

TERMS = Terms(max_payload_bytes=10_000, outbox_bytes=2_000, sessions=20, sessions_per_network=10)
ORIGINS = Origins(cors=[ORIGIN])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_virtual_time(items, Path(__file__).parent)


@pytest.fixture
def handler() -> FakeHandler:
    return FakeHandler()


@pytest.fixture
async def server(handler: FakeHandler, nursery: trio.Nursery) -> AsyncIterator[SocketServer]:
    server = SocketServer(handler, TERMS)
    nursery.start_soon(server.run)
    yield server
    # Whatever a test has done to its sessions, every one that joined must have left in the end.
    server.drain()
    assert server.statistics().sessions == 0
    assert handler.lefts == len(handler.peers)


@pytest.fixture
def app(server: SocketServer) -> HubApp:
    return dialect_app([Polling(server, ORIGINS).dialect()], origins=ORIGINS)


@pytest.fixture
def poller(app: HubApp) -> Poller:
    return Poller(HttpClient(app))


NewPoller = Callable[..., Poller]


@pytest.fixture
def new_poller(app: HubApp) -> NewPoller:
    return lambda address="192.0.2.1", **headers: Poller(HttpClient(app, address), **headers)
