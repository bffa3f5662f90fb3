from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, MSGPACK, NodePeer, Peer, PythonPeer, why_node_is_missing

NODELESS = why_node_is_missing()
Connect = Callable[[], Peer]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub that the tests of one module share. They take care to leave nothing behind that another one sees."""
    with HubProcess(tmp_path_factory.mktemp("hub")) as hub:
        yield hub
        assert hub.alive(), hub.log_text()
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture(
    params=[
        pytest.param((PythonPeer, MSGPACK), id="python-msgpack"),
        pytest.param((PythonPeer, JSON), id="python-json"),
        pytest.param(
            (NodePeer, MSGPACK), id="node-msgpack", marks=pytest.mark.skipif(bool(NODELESS), reason=str(NODELESS))
        ),
        pytest.param((NodePeer, JSON), id="node-json", marks=pytest.mark.skipif(bool(NODELESS), reason=str(NODELESS))),
    ]
)
def connect(request: pytest.FixtureRequest, hub: HubProcess) -> Iterator[Connect]:
    """Connect a peer of one make, in one subprotocol; the peers leave after the test."""
    make, subprotocol = request.param
    peers: list[Peer] = []

    def connect() -> Peer:
        peers.append(make(hub.ready.ws, subprotocol))
        return peers[-1]

    yield connect
    for peer in peers:
        peer.leave()
