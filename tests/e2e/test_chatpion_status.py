"""The status of a message is what is true of it: on a real hub, with a native client and an endpoint elsewhere."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, Closed, PythonPeer
from tests.fakes.event_endpoint import EventEndpoint
from tests.fakes.tenancy import furnish

ENV = {"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8"}
WHSEC = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


@pytest.fixture
def endpoint() -> Iterator[EventEndpoint]:
    with EventEndpoint() as endpoint:
        yield endpoint
        assert endpoint.bad == []


def data_of(directory: Path) -> Path:
    """Where a hub of this directory keeps everything."""
    data = directory / "data"
    data.mkdir(mode=0o700)
    return data


def receive(peer: PythonPeer, kind: str) -> dict[str, Any]:
    """The next frame of this type."""
    while True:
        frame = peer.receive()
        assert not isinstance(frame, Closed), frame
        if frame["t"] == kind:
            return frame


def test_offline_is_sent_a_device_is_delivered_and_reading_is_read(tmp_path: Path, endpoint: EventEndpoint) -> None:
    tenancy = trio.run(lambda: furnish(data_of(tmp_path), endpoint=endpoint.url, subscribers=1, texts=["one", "two"]))
    endpoint.secret = tenancy.secret
    one, two = (letter.id for letter in tenancy.letters)
    conv = tenancy.subscribers[0].conv
    with HubProcess(tmp_path, provision={}, env=ENV) as hub:
        endpoint.wait(lambda events: sum(event.name == "message.sent" for event in events) == 2)
        assert (endpoint.of(one), endpoint.of(two)) == (["message.sent"], ["message.sent"])
        peer = PythonPeer(hub.ready.ws, JSON)
        peer.send(t="hello", ref=1, token=tenancy.tokens[0], device="phone")
        (room,) = receive(peer, "welcome")["conversations"]
        assert room["id"] == conv
        first = room["seq"] - 1
        peer.send(t="received", conv=conv, seq=first)
        endpoint.wait(lambda events: any(event.name == "message.delivered" for event in events))
        peer.send(t="read", conv=conv, seq=first + 1)
        endpoint.wait(lambda events: sum(event.name == "message.read" for event in events) == 2)
        peer.send(t="publish", ref=2, conv=conv, cid="c", body="thank you")
        said = receive(peer, "ok")
        peer.leave()
        wait_until(lambda: replies(hub) == [(tenancy.subscribers[0].id, "thank you", said["id"])])
        assert hub.stop() == 0
    steps = ["message.sent", "message.delivered", "message.read"]
    assert (endpoint.of(one), endpoint.of(two)) == (steps, steps)
    assert len({event.id for event in endpoint.events}) == len(endpoint.events)
    assert [event.data["status"] for event in endpoint.events if event.about == two and "status" in event.data] == [
        "sent",
        "delivered",
        "read",
    ]


def replies(hub: HubProcess) -> list[tuple[int, str, int]]:
    """What subscribers have said: who, what, and which message it is."""
    connection = sqlite3.connect(hub.data / "hubbub.db")
    try:
        return connection.execute("SELECT subscriber, text, message FROM letters WHERE direction = 'in'").fetchall()
    finally:
        connection.close()


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("status", [204, 500])
def test_a_message_to_a_webhook_is_delivered_when_it_is_taken(
    tmp_path: Path, endpoint: EventEndpoint, status: int
) -> None:
    with EventEndpoint() as elsewhere:
        elsewhere.secret, elsewhere.status = WHSEC, status
        tenancy = trio.run(
            lambda: furnish(
                data_of(tmp_path),
                endpoint=endpoint.url,
                subscribers=1,
                texts=["hi"],
                platform="webhook",
                url=elsewhere.url,
                token=WHSEC,
            )
        )
        endpoint.secret = tenancy.secret
        (letter,) = tenancy.letters
        with HubProcess(tmp_path, provision={}, env=ENV | {"HUBBUB_WEBHOOK_RETRY_S": "[0.1]"}) as hub:
            end = "message.delivered" if status == 204 else "message.failed"
            endpoint.wait(lambda events: any(event.name == end for event in events))
            assert hub.stop() == 0
        assert endpoint.of(letter.id) == ["message.sent", end]
        assert elsewhere.bad == []
        expected = {"id": letter.id, "platform_id": "p0", "message": "hi", "type": "text", "attachment": None}
        assert [event.data for event in elsewhere.events] == ([expected] if status == 204 else [])


class GraphServer(ThreadingHTTPServer):
    """As much of the Graph API as takes messages: what is not as its documentation has it, is 400."""

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), GraphHandler)
        self.token = token
        self.taken: list[dict[str, Any]] = []
        self.refused: list[str] = []

    def take(self, path: str, headers: Message, body: bytes) -> int:
        """The status that a request is answered with."""
        told = json.loads(body)
        message = told.get("message", {})
        as_documented = (
            path == "/v23.0/me/messages"
            and headers["Authorization"] == f"Bearer {self.token}"
            and headers["Content-Type"] == "application/json"
            and told.keys() == {"recipient", "messaging_type", "message"}
            and told["recipient"].keys() == {"id"}
            and told["messaging_type"] == "RESPONSE"
            and (message.keys() == {"text"} or message.keys() == {"attachment"})
        )
        (self.taken if as_documented else self.refused).append(told)
        return 200 if as_documented else 400


class GraphHandler(BaseHTTPRequestHandler):
    server: GraphServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.take(self.path, self.headers, body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def test_a_message_to_facebook_is_what_the_send_api_takes(tmp_path: Path, endpoint: EventEndpoint) -> None:
    with GraphServer("page-token") as graph:
        threading.Thread(target=graph.serve_forever, daemon=True).start()
        tenancy = trio.run(
            lambda: furnish(
                data_of(tmp_path),
                endpoint=endpoint.url,
                subscribers=1,
                texts=["one", "two"],
                platform="facebook",
                token="page-token",
            )
        )
        endpoint.secret = tenancy.secret
        env = ENV | {"HUBBUB_GRAPH_API_URL": f"http://127.0.0.1:{graph.server_port}/v23.0"}
        with HubProcess(tmp_path, provision={}, env=env) as hub:
            endpoint.wait(lambda events: sum(event.name == "message.delivered" for event in events) == 2)
            assert hub.stop() == 0
        graph.shutdown()
    assert graph.refused == []
    assert [(told["recipient"], told["message"]) for told in graph.taken] == [
        ({"id": "p0"}, {"text": "one"}),
        ({"id": "p0"}, {"text": "two"}),
    ]
