"""AuroriaLink's clients on a real hub: bots post over HTTP, the `websockets` package listens."""

from __future__ import annotations

import http.client
import json
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.hub_process import HubProcess

PATH = "/app/bot_api.php?route=api_messenger"
PATIENCE_S = 20.0
SILENCE_S = 0.3
USERS = ["root", "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
PROVISION = {
    "users": [{"username": name} for name in USERS],
    "bots": [{"name": "ci", "owner": "root"}],
    "conversations": [{"name": "ops", "kind": "closed", "members": USERS, "bots": ["ci"]}],
}
EVERY_POST = {"HUBBUB_AURORIALINK_RATE": "100000"}


class Viewer:
    """A client of the view. `header`: the token is in the handshake, not in a first frame."""

    def __init__(self, hub: HubProcess, username: str, *, header: bool = True, token: str | None = None) -> None:
        token = token or hub.token(username)
        headers = {"x-ws-token": token} if header else {}
        self._connected = ExitStack()
        self._socket: ClientConnection = self._connected.enter_context(
            connect(
                hub.ready.ws,
                subprotocols=[Subprotocol("aurorialink.v1.json")],
                additional_headers=headers,
                open_timeout=PATIENCE_S,
                close_timeout=1.0,
                proxy=None,
            )
        )
        if not header:
            self._socket.send(json.dumps({"token": token}))

    def raw(self) -> str:
        """The next frame as it came."""
        frame = self._socket.recv(PATIENCE_S)
        assert isinstance(frame, str)
        return frame

    def some(self, count: int) -> list[dict[str, Any]]:
        """The data of the next notifications."""
        return [json.loads(self.raw())["data"] for _ in range(count)]

    def texts(self, count: int) -> list[str]:
        """What was said in the next notifications."""
        return [data["message"] for data in self.some(count)]

    def silence(self) -> None:
        """Nothing comes for a while."""
        with pytest.raises(TimeoutError):
            self._socket.recv(SILENCE_S)

    def rest(self) -> list[dict[str, Any]]:
        """All that comes until the connection ends, as it does before long."""
        found = []
        try:
            while True:
                found.append(json.loads(self._socket.recv(PATIENCE_S))["data"])
        except ConnectionClosed:
            return found

    def code(self) -> int:
        """With what the hub ends the connection, which is next."""
        with pytest.raises(ConnectionClosed) as caught:
            self._socket.recv(PATIENCE_S)
        assert caught.value.rcvd is not None
        return caught.value.rcvd.code

    def leave(self) -> None:
        self._connected.close()


Listen = Callable[..., Viewer]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub that all tests share, some of which end it and start it again; each has users of its own."""
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=PROVISION, env=EVERY_POST) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()
    assert not any(hub.token(name) in hub.log_text() for name in USERS)


@pytest.fixture
def listen(hub: HubProcess) -> Iterator[Listen]:
    """Connect as a user; all leave in the end."""
    with ExitStack() as stack:

        def listen(username: str, **options: Any) -> Viewer:
            viewer = Viewer(hub, username, **options)
            stack.callback(viewer.leave)
            return viewer

        yield listen


def post(hub: HubProcess, text: str) -> None:
    """Have the bot say it. Raises OSError or HTTPException when the hub is gone."""
    connection = http.client.HTTPConnection(urlsplit(hub.ready.http).netloc, timeout=PATIENCE_S)
    key = hub.credentials["bots"]["ci"]["key_access"]
    form = urlencode({"key_access": key, "type_action": "add_message", "content_message": text})
    connection.request("POST", PATH, form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert connection.getresponse().read() == b'{"return_code": 0}'
    connection.close()


@pytest.mark.parametrize("header", [True, False], ids=["handshake", "first frame"])
def test_what_a_bot_posts_arrives_within_milliseconds_as_documented(
    hub: HubProcess, listen: Listen, header: bool
) -> None:
    viewer = listen("alice" if header else "bob", header=header)
    waited = []
    for n in range(30):
        began = time.monotonic()
        post(hub, f"build {n} **green**")
        frame = viewer.raw()
        waited.append(time.monotonic() - began)
    notification = json.loads(frame)
    data = notification["data"]
    at = time.strptime(data["created_datetime"], "%Y-%m-%d %H:%M:%S")
    assert abs(time.mktime(at) - time.mktime(time.gmtime())) < 60
    assert notification == {
        "service": "messenger",
        "message": "new_message",
        "data": {
            "id": data["id"],
            "rel_id_conversations": hub.conversation("ops"),
            "sender_rel_bot_id": hub.credentials["bots"]["ci"]["id"],
            "message": "build 29 **green**",
            "created_datetime": data["created_datetime"],
        },
    }
    assert statistics.median(waited) < 0.1, waited


def test_what_was_missed_is_sent_first_and_nothing_twice(hub: HubProcess, listen: Listen) -> None:
    post(hub, "before the first connection")
    viewer = listen("carol")
    post(hub, "one")
    post(hub, "two")
    assert viewer.texts(2) == ["one", "two"]
    viewer.leave()
    for text in ("three", "four"):
        post(hub, text)
    viewer = listen("carol", header=False)
    assert viewer.texts(2) == ["three", "four"]
    post(hub, "five")
    assert viewer.texts(1) == ["five"]
    viewer.leave()
    listen("carol").silence()


@pytest.mark.parametrize("username", ["dave", "erin"])
def test_whoever_posts_as_soon_as_the_handshake_is_done_sees_it(hub: HubProcess, listen: Listen, username: str) -> None:
    viewer = listen(username)
    post(hub, "first")
    assert viewer.texts(1) == ["first"]


def test_a_third_connection_closes_the_oldest(hub: HubProcess, listen: Listen) -> None:
    first, second, third = [listen("frank") for _ in range(3)]
    assert first.code() == 4409
    post(hub, "hi")
    assert [viewer.texts(1) for viewer in (second, third)] == [["hi"], ["hi"]]


@pytest.mark.parametrize("header", [True, False])
def test_a_wrong_token_closes(hub: HubProcess, listen: Listen, header: bool) -> None:
    assert listen("root", header=header, token="wrong").code() == 4403
    assert listen("root", header=header, token=hub.credentials["bots"]["ci"]["token"]).code() == 4403


def test_a_hub_that_restarts_says_so_and_goes_on_exactly(hub: HubProcess, listen: Listen) -> None:
    viewer = listen("grace")
    post(hub, "one")
    assert viewer.texts(1) == ["one"]
    hub.send_signal(signal.SIGTERM)
    assert viewer.code() == 1012
    assert hub.wait() == 0
    hub.start()
    post(hub, "two")
    assert listen("grace").texts(1) == ["two"]


def test_nothing_is_lost_over_kills_of_the_hub(hub: HubProcess, listen: Listen) -> None:
    said: list[str] = []
    seen: dict[int, str] = {}

    def speak(count: int) -> None:
        for _ in range(count):
            said.append(f"message {len(said)}")
            post(hub, said[-1])

    def hear(data: dict[str, Any]) -> None:
        assert seen.setdefault(data["id"], data["message"]) == data["message"]

    viewer = listen("heidi")
    for read in (7, 20):
        speak(20)
        for data in viewer.some(read):
            hear(data)
        hub.kill()
        # The library has said that it has these, whether or not anybody has read them.
        for data in viewer.rest():
            hear(data)
        hub.start()
        speak(10)
        viewer = listen("heidi")
    while said[-1] not in seen.values():
        hear(viewer.some(1)[0])
    assert list(seen.values()) == said
