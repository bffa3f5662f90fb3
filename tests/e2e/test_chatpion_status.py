"""The status of a message is what is true of it: on a real hub, with a native client and servers of third parties.

Everything is prepared before the hub starts, in accounts of their own: one hub serves all of these tests.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, Closed, PythonPeer
from tests.fakes.event_endpoint import EventEndpoint
from tests.fakes.tenancy import Tenancy, furnish

WHSEC = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
PAGE_TOKEN = "page-token"


class GraphServer(ThreadingHTTPServer):
    """As much of the Graph API as takes messages: what is not as its documentation has it, is 400."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), GraphHandler)
        self.taken: list[dict[str, Any]] = []
        self.refused: list[str] = []

    def take(self, path: str, headers: Message, body: bytes) -> int:
        """The status that a request is answered with."""
        told = json.loads(body)
        message = told.get("message", {})
        as_documented = (
            path == "/v23.0/me/messages"
            and headers["Authorization"] == f"Bearer {PAGE_TOKEN}"
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


class Pictures(BaseHTTPRequestHandler):
    """A server with one picture, and pages in place of all others."""

    def do_GET(self) -> None:
        body = b"\x89PNG\r\n\x1a\n" if self.path == "/cat.png" else b"<html>not here</html>"
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class Customer(NamedTuple):
    """An account with one subscriber, and where its events go."""

    tenancy: Tenancy
    endpoint: EventEndpoint

    @property
    def letters(self) -> list[int]:
        return [letter.id for letter in self.tenancy.letters]

    def wait(self, name: str, count: int = 1) -> None:
        """Until an event has come so often."""
        self.endpoint.wait(lambda events: sum(event.name == name for event in events) >= count)


class Town:
    """All servers, and what is in the hub's directory before it starts."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._data = directory / "data"
        self._data.mkdir(mode=0o700)
        self._stack = stack
        self.graph = GraphServer()
        self._pictures = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
        for server in (self.graph, self._pictures):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        self.taken, self.refusing = self.server(204), self.server(500)
        self.native = self.customer("native", ["one", "two"])
        self.webhook = self.customer("webhook", ["hi"], platform="webhook", url=self.taken.url, token=WHSEC)
        self.failing = self.customer("failing", ["hi"], platform="webhook", url=self.refusing.url, token=WHSEC)
        self.facebook = self.customer("facebook", ["one", "two"], platform="facebook", token=PAGE_TOKEN)
        self.cat = self.customer("cat", ["look"], image=self._picture("cat"))
        self.dog = self.customer("dog", ["look"], image=self._picture("dog"))

    @property
    def env(self) -> dict[str, str]:
        """What the hub needs to know of it."""
        graph = f"http://127.0.0.1:{self.graph.server_port}/v23.0"
        allow = {"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8", "HUBBUB_WEBHOOK_RETRY_S": "[0.1]"}
        return allow | {"HUBBUB_GRAPH_API_URL": graph}

    def server(self, status: int) -> EventEndpoint:
        server = self._stack.enter_context(EventEndpoint())
        server.status, server.secret = status, WHSEC
        return server

    def customer(self, name: str, texts: list[str], **more: Any) -> Customer:
        endpoint = self.server(204)
        arguments: dict[str, Any] = {"endpoint": endpoint.url, "subscribers": 1, "texts": texts, "name": name}
        tenancy = trio.run(lambda: furnish(self._data, **arguments, **more))
        endpoint.secret = tenancy.secret
        return Customer(tenancy, endpoint)

    def _picture(self, name: str) -> str:
        return f"http://127.0.0.1:{self._pictures.server_port}/{name}.png"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def town(directory: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(directory, stack)


@pytest.fixture(scope="module")
def hub(directory: Path, town: Town) -> Iterator[HubProcess]:
    with HubProcess(directory, provision={}, env=town.env) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()
    assert [endpoint.bad for endpoint in (town.taken, town.native.endpoint, town.failing.endpoint)] == [[], [], []]


def sign_in(hub: HubProcess, customer: Customer) -> tuple[PythonPeer, dict[str, Any]]:
    """The subscriber's client, and its one conversation."""
    peer = PythonPeer(hub.ready.ws, JSON)
    peer.send(t="hello", ref=1, token=customer.tenancy.tokens[0], device="phone")
    (room,) = receive(peer, "welcome")["conversations"]
    return peer, room


def receive(peer: PythonPeer, kind: str) -> dict[str, Any]:
    """The next frame of this type."""
    while True:
        frame = peer.receive()
        assert not isinstance(frame, Closed), frame
        if frame["t"] == kind:
            return frame


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


def test_offline_is_sent_a_device_is_delivered_and_reading_is_read(hub: HubProcess, town: Town) -> None:
    native, endpoint = town.native, town.native.endpoint
    native.wait("message.sent", 2)
    one, two = native.letters
    assert (endpoint.of(one), endpoint.of(two)) == (["message.sent"], ["message.sent"])
    peer, room = sign_in(hub, native)
    assert room["id"] == native.tenancy.subscribers[0].conv
    first = room["seq"] - 1
    peer.send(t="received", conv=room["id"], seq=first)
    native.wait("message.delivered")
    peer.send(t="read", conv=room["id"], seq=first + 1)
    native.wait("message.read", 2)
    peer.leave()
    steps = ["message.sent", "message.delivered", "message.read"]
    assert (endpoint.of(one), endpoint.of(two)) == (steps, steps)
    assert len({event.id for event in endpoint.events}) == len(endpoint.events)
    statuses = [event.data["status"] for event in endpoint.events if event.name.startswith("message.")]
    assert statuses == [event.name.removeprefix("message.") for event in endpoint.events[1:]]


def test_what_a_subscriber_writes_is_a_reply(hub: HubProcess, town: Town) -> None:
    peer, room = sign_in(hub, town.native)
    peer.send(t="publish", ref=2, conv=room["id"], cid="c", body="thank you")
    said = receive(peer, "ok")
    peer.leave()
    wait_until(lambda: replies(hub) == [(town.native.tenancy.subscribers[0].id, "thank you", said["id"])])


def test_a_message_to_a_webhook_is_delivered_when_it_is_taken(hub: HubProcess, town: Town) -> None:
    town.webhook.wait("message.delivered")
    (letter,) = town.webhook.letters
    assert town.webhook.endpoint.of(letter) == ["message.sent", "message.delivered"]
    expected = {"id": letter, "platform_id": "p0", "message": "hi", "type": "text", "attachment": None}
    assert [event.data for event in town.taken.events] == [expected]


def test_a_message_to_a_webhook_has_failed_when_nobody_takes_it(hub: HubProcess, town: Town) -> None:
    town.failing.wait("message.failed")
    (letter,) = town.failing.letters
    assert town.failing.endpoint.of(letter) == ["message.sent", "message.failed"]


def test_a_message_to_facebook_is_what_the_send_api_takes(hub: HubProcess, town: Town) -> None:
    town.facebook.wait("message.delivered", 2)
    assert town.graph.refused == []
    assert [(told["recipient"], told["message"]) for told in town.graph.taken] == [
        ({"id": "p0"}, {"text": "one"}),
        ({"id": "p0"}, {"text": "two"}),
    ]


def test_an_attachment_is_fetched_and_goes_with_the_message(hub: HubProcess, town: Town) -> None:
    town.cat.wait("message.sent")
    peer, room = sign_in(hub, town.cat)
    peer.send(t="history", ref=2, conv=room["id"], limit=5)
    messages = receive(peer, "ok")["messages"]
    peer.leave()
    assert [file["name"] for message in messages for file in message["attachments"]] == ["cat.png"]


def test_an_attachment_is_what_its_bytes_are(hub: HubProcess, town: Town) -> None:
    town.dog.wait("message.failed")
    (told,) = [event for event in town.dog.endpoint.events if event.name.startswith("message.")]
    assert told.data["error"] == "The attachment is text/html, which is no image"
    assert told.data["history"] == [{"status": "failed", "at": told.data["sent_at"]}]
