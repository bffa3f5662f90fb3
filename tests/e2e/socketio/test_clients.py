"""Stock clients on a real hub, by every way they have: what they get, what they say, and how they come back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_websocket

from tests.e2e.conftest import NODELESS
from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import PATIENCE_S
from tests.e2e.socketio.clients import JAVASCRIPT, PYTHON, WAYS, Client, Make

PROVISION = {
    "users": [{"username": "alice", "role": "admin"}, {"username": "bob"}],
    "bots": [{"name": "ci", "owner": "bob"}, *({"name": name, "owner": "alice"} for name in ("cd", "python", "node"))],
}
SHORT = {
    "HUBBUB_SOCKETIO_PING_INTERVAL_S": "0.3",
    "HUBBUB_SOCKETIO_PING_TIMEOUT_S": "1.5",
    "HUBBUB_SOCKETIO_MAX_PAYLOAD_BYTES": "100000",
}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MAKES = [
    pytest.param(PYTHON, id="python"),
    pytest.param(JAVASCRIPT, id="node", marks=pytest.mark.skipif(bool(NODELESS), reason=str(NODELESS))),
]

Connect = Callable[..., Client]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with short heartbeats."""
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=PROVISION, env=SHORT) as hub:
        yield hub
        assert hub.alive(), hub.log_text()
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture(params=MAKES)
def make(request: pytest.FixtureRequest) -> Make:
    """A make of clients."""
    make: Make = request.param
    return make


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    """How it gets to the hub."""
    way: str = request.param
    return way


@pytest.fixture
def connect(hub: HubProcess, make: Make, way: str) -> Iterator[Connect]:
    """Connect a client; all leave after the test."""
    clients: list[Client] = []

    def connect(auth: object = None, **options: str) -> Client:
        clients.append(Client(make, hub.ready.http, way, auth, **options))
        return clients[-1]

    yield connect
    for client in clients:
        client.leave()


def bot(hub: HubProcess, name: str) -> tuple[str, str]:
    """The bot's id and token."""
    made = hub.credentials["bots"][name]
    return str(made["id"]), made["token"]


def wait_until_empty(hub: HubProcess) -> None:
    """Wait until the hub has noticed that nobody is there any more."""
    deadline = time.monotonic() + PATIENCE_S
    while "hubbub_socketio_joined 0.0" not in httpx.get(f"{hub.ready.http}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_person_and_a_bot_hear_and_say_everything(hub: HubProcess, connect: Connect, way: str) -> None:
    ci, token = bot(hub, "ci")
    person = connect({"token": hub.token("bob")})
    transport = person.report("connect")
    established = person.event("connection_established")
    assert (established["status"], len(established["client_id"])) == ("connected", 27)
    assert ISO.fullmatch(established["timestamp"])
    machine = connect({"token": token, "commands": True})
    machine.event("connection_established")
    message = {"bot_id": ci, "thread_id": "t", "message": "é", "attachments": [b"\x00\xff", {"deep": b"x"}]}
    sent = person.call("send_message", message)
    assert (sent["status"], set(sent)) == ("queued", {"status", "command_id", "timestamp"})
    assert person.event("message_sent") == sent
    command = machine.event("command")
    assert (command["id"], command["bot_id"], command["type"]) == (sent["command_id"], ci, "send_message")
    assert command["payload"]["attachments"] == [
        {"type": "Buffer", "base64": "AP8="},
        {"deep": {"type": "Buffer", "base64": "eA=="}},
    ]
    done = machine.call("command_ack", {"id": command["id"], "status": "completed", "result": {"n": 1}})
    assert (done["status"], done["command"]["status"]) == ("ok", "completed")
    for watcher in (person, machine):
        for status, result in (("pending", None), ("completed", {"n": 1})):
            update = watcher.event("command_update", id=command["id"], status=status)
            assert (update["result"], update["type"]) == (result, "send_message")
    assert person.call("no_such_event", 1) is None
    # In between, socket.io-client may be by either when it has joined.
    assert transport in {"polling": ["polling"], "upgrade": ["polling", "websocket"], "websocket": ["websocket"]}[way]


@pytest.mark.parametrize("way", ["upgrade"], indirect=True)
@pytest.mark.parametrize("make", MAKES[1:], indirect=True)  # python-socketio's upgrades before it joins
def test_a_client_is_upgraded(connect: Connect) -> None:
    assert connect().report("upgrade") == "websocket"


@pytest.mark.parametrize("way", ["websocket"], indirect=True)
def test_a_bot_is_seen_to_come(hub: HubProcess, make: Make, connect: Connect) -> None:
    watcher = connect({"token": hub.token("alice")})
    watcher.event("connection_established")
    number, token = bot(hub, make.name)
    connect({"token": token})
    update = watcher.event("bot_update", bot_id=number)
    assert (update["action"], update["status"], update["data"]["name"]) == ("status_update", "online", make.name)


@pytest.mark.parametrize("way", ["polling", "websocket"], indirect=True)
def test_a_burst_comes_through_whole_and_in_order(hub: HubProcess, connect: Connect) -> None:
    client = connect({"token": hub.token("alice")})
    client.event("connection_established")
    cd, _ = bot(hub, "cd")
    for n in range(50):
        client.emit("send_message", {"bot_id": cd, "thread_id": "burst", "message": str(n)})
    sent = [client.event("message_sent") for _ in range(50)]
    assert {each["status"] for each in sent} == {"queued"}
    assert len({each["command_id"] for each in sent}) == 50


@pytest.mark.parametrize("way", ["upgrade"], indirect=True)
def test_a_wrong_token_and_a_namespace_that_is_none_are_refused(connect: Connect) -> None:
    assert connect({"token": "wrong"}).report("connect_error") == "Invalid credentials"
    assert connect(namespace="/admin").report("connect_error") == "Invalid namespace"


@pytest.mark.parametrize("way", ["polling", "websocket"], indirect=True)
@pytest.mark.parametrize("make", MAKES[1:], indirect=True)  # python-socketio's may take its own time to notice
def test_a_client_that_freezes_is_noticed_and_comes_back(hub: HubProcess, connect: Connect) -> None:
    wait_until_empty(hub)
    client = connect()
    client.event("connection_established")
    client.freeze()
    wait_until_empty(hub)
    client.thaw()
    assert client.report("disconnect") in ("transport close", "transport error", "ping timeout")
    client.event("connection_established")


def websocket_url(hub: HubProcess) -> str:
    return hub.ready.http.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"


def test_a_missed_pong_closes_the_websocket(hub: HubProcess) -> None:
    with connect_websocket(websocket_url(hub), proxy=None) as socket:
        assert str(socket.recv(PATIENCE_S)).startswith("0{")
        socket.send("40")
        assert [str(socket.recv(PATIENCE_S))[:2] for _ in range(3)] == ["40", "42", "2"]
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(PATIENCE_S)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4408


def test_a_foreign_page_is_refused_by_both_ways(hub: HubProcess) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = httpx.get(f"{hub.ready.http}/socket.io/?EIO=4&transport=polling", headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"code": 4, "message": "Forbidden"})
    with pytest.raises(InvalidStatus) as caught:
        connect_websocket(websocket_url(hub), additional_headers=headers, proxy=None)
    assert caught.value.response.status_code == HTTPStatus.FORBIDDEN


def test_a_body_and_a_message_over_the_limit_are_refused_at_once(hub: HubProcess) -> None:
    url = f"{hub.ready.http}/socket.io/?EIO=4&transport=polling"
    terms = httpx.get(url).text
    assert '"maxPayload":100000' in terms
    sid = re.findall(r'"sid":"([^"]+)"', terms)[0]
    began = time.monotonic()
    answer = httpx.post(f"{url}&sid={sid}", content=b"4" + b"x" * 100_000)
    assert (answer.status_code, answer.json()["code"]) == (413, 7)
    assert time.monotonic() - began < 1
    with connect_websocket(websocket_url(hub), proxy=None) as socket:
        socket.recv(PATIENCE_S)
        socket.send("4" + "x" * 100_000)
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(PATIENCE_S)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


@pytest.fixture
def everybody(hub: HubProcess) -> Iterator[list[Client]]:
    """Clients of every make, by every way, who have joined."""
    makes = [PYTHON] if NODELESS else [PYTHON, JAVASCRIPT]
    auth = {"token": hub.token("alice")}
    clients = [Client(make, hub.ready.http, way, auth) for make in makes for way in WAYS]
    for client in clients:
        client.event("connection_established")
    yield clients
    for client in clients:
        client.leave()


def test_clients_live_through_many_heartbeats(everybody: list[Client]) -> None:
    time.sleep(1.2)
    for client in everybody:
        assert client.call("anything", 1) is None
        assert not client.reported("disconnect")


def test_clients_come_back_after_the_hub_was_killed_and_after_it_was_stopped(
    hub: HubProcess, everybody: list[Client]
) -> None:
    for stop in (hub.kill, hub.stop):
        stop()
        for client in everybody:
            client.report("disconnect")
        hub.start()
        for client in everybody:
            client.event("connection_established")
