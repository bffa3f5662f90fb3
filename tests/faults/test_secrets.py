"""No secret comes out in plain: not in logs, metrics, answers, nor any file but the master key's.

Every path into a real hub is given secrets, right ones and canaries, well-formed and not; and then everything that the
hub has said or written is searched for them.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgpack
import pytest

from tests.e2e.hub_process import HUBBUB, HubProcess
from tests.e2e.peers import JSON, MSGPACK, Closed, Frame, PythonPeer
from tests.faults.broken_hub import FUSE
from tests.faults.canaries import Canaries, Leak, exchange, http, master_keys
from tests.faults.raw import handshake, masked, packed

AURORIALINK = "/app/bot_api.php?route=api_messenger"
FORM = "application/x-www-form-urlencoded"
CREDENTIALS = ("token", "key_access", "bot_key", "webhook_secret")
AT_ONCE = 8
PATIENCE_S = 60.0
BROKEN_HUB = (sys.executable, "-m", "tests.faults.broken_hub")
AS_JSON = pytest.mark.parametrize("search", ["json"], indirect=True)
"""The log's form; text where nothing is said."""


class Search:
    """A hub, what was given to it, and what it said. Exchanges go on beside each other."""

    def __init__(self, hub: HubProcess, canaries: Canaries, pool: ThreadPoolExecutor) -> None:
        self.hub = hub
        self.canaries = canaries
        self.said: list[tuple[str, bytes]] = []
        self._pool = pool
        self._expected: list[tuple[str, Future[bytes]]] = []

    def http(self, place: str, request: bytes) -> None:
        """Send a request to the HTTP listener."""
        self._exchange(f"HTTP answer to {place}", self.hub.ready.http, request)

    def ws(self, place: str, opening: bytes, *payloads: bytes) -> None:
        """Send bytes to the WebSocket listener, the payloads once the opening is answered."""
        self._exchange(f"WebSocket answer to {place}", self.hub.ready.ws, opening, b"".join(payloads))

    def _exchange(self, where: str, url: str, *pieces: bytes) -> None:
        self._expected.append((where, self._pool.submit(exchange, url, *pieces)))

    def settle(self) -> None:
        """Wait for all answers."""
        self.said += [(where, answer.result()) for where, answer in self._expected]
        self._expected.clear()

    def leaks(self) -> list[Leak]:
        """Search everything."""
        self.settle()
        self.http("metrics", http("GET", "/metrics"))
        self.http("up", http("GET", "/up"))
        self.settle()
        found = [leak for where, content in self.said for leak in self.canaries.leaks(content, where)]
        found += self.canaries.leaks(self.hub.log.read_bytes(), "log")
        return found + list(self.canaries.leaks_in(self.hub.data))


class Receiver:
    """Takes calls of webhooks, and says nothing to them."""

    def __init__(self) -> None:
        heard = self.heard = list[str]()
        called = self._called = threading.Semaphore(0)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(204)
                self.end_headers()
                called.release()

            def log_message(self, *_args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def wait_for_call(self) -> None:
        """Wait until one more call has come."""
        assert self._called.acquire(timeout=10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


@pytest.fixture
def search(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Search]:
    canaries = Canaries()
    password = canaries.give("the password of alice")
    provision = {
        "users": [{"username": "alice", "password": password, "role": "admin"}, {"username": "bob"}],
        "bots": [{"name": "ci", "owner": "alice"}],
        "conversations": [{"name": "ops", "members": ["alice", "bob"], "bots": ["ci"]}],
    }
    env = {
        "HUBBUB_LOG_LEVEL": "debug",
        "HUBBUB_LOG_FORMAT": getattr(request, "param", "text"),
        "HUBBUB_LOGIN_RATE_PER_MIN": "1000",
    }
    env |= {"HUBBUB_AURORIALINK_BAN_AFTER": "1000000", "HUBBUB_OUTBOUND_ALLOW": "127.0.0.1/32"}
    with HubProcess(tmp_path, provision=provision, env=env, program=BROKEN_HUB) as hub:
        for section in hub.credentials.values():
            for name, entry in section.items():
                for kind in entry.keys() - {"id"}:
                    canaries.add(entry[kind], f"the {kind} of {name}")
        for key in master_keys(hub.data):
            canaries.add(key, "the master key")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield Search(hub, canaries, pool)


@AS_JSON
def test_nothing_that_is_given_over_http_comes_out(search: Search) -> None:
    give, bot = search.canaries.give, search.hub.credentials["bots"]["ci"]
    for target in ("/?token={}", "/up?key_access={}", "/metrics?api_key={}", "/docs?key={}", "/{}", "/rooms/1/{}"):
        search.http(target, http("GET", target.format(give(target))))
    for key in (give("path"), f"1-{give('path after a number')}", bot["bot_key"], bot["key_access"], bot["token"]):
        search.http("room", http("POST", f"/rooms/1/{key}/messages", b"hello", Content_Type=FORM))
        search.http("bare room", http("GET", f"/rooms/1/{key}"))
        search.http("query", http("POST", f"{AURORIALINK}&key_access={key}", b"content_message=x", Content_Type=FORM))
        search.http("token in a query", http("GET", f"/api/messages?api_key={key}"))
    for key in (give("form"), bot["key_access"], bot["token"], f"{give('form with a sign')}%00", "%FF" + give("bytes")):
        body = f"key_access={key}&type_action=add_message&content_message=hello".encode()
        search.http("form", http("POST", AURORIALINK, body, Content_Type=FORM))
        search.http("form cut short", http("POST", AURORIALINK, body[:-9], Content_Type=FORM))
    for header in ("Authorization", "X-API-Key", "X-Bot-Token", "Cookie", "X-Request-Id", "Origin", "Referer"):
        for value in (give(header), f"Bearer {give(header)}", f"Bearer {bot['token']}", f"session={give(header)}"):
            search.http(header, http("GET", "/up", **{header: value}))
            search.http(header, http("POST", "/attachments?name=x", b"x", **{header: value}))
    for header in ("Host", "User_Agent", "x_ws_token", "X_Forwarded_For", "Content_Type", "Expect", "HTTP2_Settings"):
        search.http(header, http("POST", AURORIALINK, b"x=1", **{header: give(header)}))
    assert_nothing_came_out(search)


def test_nothing_that_is_malformed_over_http_comes_out(search: Search) -> None:
    give = search.canaries.give
    for body in (
        '{{"key_access": "{}"',
        '{{"key_access": ["{}"]}}',
        '["{}"]',
        '"{}"',
        '{{"{}": 1}}',
        "{}",
        '"\\ud800{}"',
    ):
        raw = body.format(give(f"JSON {body}")).encode()
        search.http(body, http("POST", AURORIALINK, raw, Content_Type="application/json"))
    for part in (
        'name="key_access"\r\n\r\n{}\r\n--b--',
        'name="{}"; filename="x"\r\n\r\nx',
        "name=key_access\r\n{}",
        "{}",
    ):
        raw = f"--b\r\nContent-Disposition: form-data; {part.format(give(part))}\r\n".encode()
        search.http(part, http("POST", AURORIALINK, raw, Content_Type="multipart/form-data; boundary=b"))
        search.http(part, http("POST", AURORIALINK, raw, Content_Type=f"multipart/form-data; boundary={give(part)}"))
    for form in (
        "GET /{} HTTP/9.9\r\n\r\n",
        "GET /up HTTP/1.1\r\nHost: hub\r\nAuthorization {}\r\n\r\n",
        "GET /up HTTP/1.1\r\nHost: hub\r\n{}\r\n\r\n",
        "GET /up HTTP/1.1\r\nHost: hub\r\nContent-Length: {}\r\n\r\n",
        "POST /up HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
        "{} /up HTTP/1.1\r\nHost: hub\r\n\r\n",
        "{}\r\n\r\n",
        "GET /up?\xff{} HTTP/1.1\r\nHost: \xff\r\n\r\n",
        "GET /up HTTP/1.1\r\nHost: hub\r\nX-Long: {}" + "x" * 100_000 + "\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ):
        search.http(form[:40], form.format(give(f"HTTP {form[:40]}")).encode("latin-1"))
        search.ws(form[:40], form.format(give(f"WebSocket {form[:40]}")).encode("latin-1"))
    assert_nothing_came_out(search)


def test_nothing_that_is_given_over_websocket_comes_out(search: Search) -> None:
    give, hub = search.canaries.give, search.hub
    for opening in (
        http("GET", f"/ws?token={give('query of the socket')}"),
        http("GET", f"/{give('path of the socket')}"),
        handshake(path=f"/ws?token={give('query of a good handshake')}"),
        handshake(host=give("host of the socket")),
        handshake().replace(b"hubbub.v1.msgpack", give("subprotocol").encode()),
        handshake().replace(b"Sec-WebSocket-Key", f"x-ws-token: {give('x-ws-token')}\r\nSec-WebSocket-Key".encode()),
        handshake().replace(b"Sec-WebSocket-Key", f"Origin: http://{give('origin')}\r\nSec-WebSocket-Key".encode()),
    ):
        search.ws("opening", opening)
    for hello in (
        {"token": give("token")},
        {"token": hub.credentials["bots"]["ci"]["key_access"]},
        {"token": 10**40, "device": give("device")},
        {"username": give("username"), "password": give("password of nobody")},
        {"username": "alice", "password": give("wrong password")},
        {"username": "alice", "password": [give("password that is a list")]},
        {"token": {give("token that is a map"): give("value")}},
        {"cursors": [[give("cursor"), 1, 2]], "token": "x"},
    ):
        search.ws("hello", handshake(), *hellos(hello))
    for payload in (
        masked(2, b"\x81\xd9" + give("msgpack cut short").encode()),
        masked(2, msgpack.packb([give("no map")])),
        masked(2, msgpack.packb({give("key"): 1})),
        masked(1, give("text").encode()),
        masked(5, give("opcode").encode()),
        packed(t=give("type"), ref=1),
    ):
        search.ws("first payload", handshake(), payload)
        search.ws("second payload", handshake(), *hellos({"token": hub.token("bob")}), payload)
    search.ws("publish", handshake(), packed(t="publish", ref=1, conv=1, cid="c", body=give("publish before hello")))
    second = hellos({"token": give("second hello")})
    search.ws("second hello", handshake(), *hellos({"token": hub.token("bob")}), *second)
    assert_nothing_came_out(search)


@pytest.mark.parametrize(("subprotocol", "search"), [(MSGPACK, "text"), (JSON, "json")], indirect=["search"])
def test_nothing_that_a_session_gives_comes_out(search: Search, subprotocol: str) -> None:
    give, hub = search.canaries.give, search.hub
    with session(search, subprotocol, token=hub.token("alice")) as alice:
        for request in (
            {"t": give("type of a frame")},
            {"t": "user.update", "password": give("new password"), "old_password": give("old password")},
            {"t": "user.update", "password": 7, "old_password": {give("key"): 1}},
            {"t": "bot.rotate", "bot": 1, "credential": give("credential")},
            {"t": "bot.rotate", "bot": give("bot"), "credential": "token"},
            {"t": "bot.create", "name": [give("name of a bot")]},
            {"t": "bot.create", "name": "x", "webhook_url": f"ftp://user:{give('bad address')}@h/"},
            {"t": "publish", "conv": give("conv"), "cid": "c", "body": "x"},
            {"t": "publish", "conv": 1, "cid": give("cid") * 9, "body": "x"},
            {"t": "history", "conv": 1, "limit": give("limit")},
        ):
            alice(**request)
        made = alice(t="bot.create", name="new")["bot"]
        for kind in CREDENTIALS:
            search.canaries.add(made[kind], f"the {kind} of a new bot")
        for kind in CREDENTIALS[:3]:
            rotated = alice(t="bot.rotate", bot=1, credential=kind)["bot"]
            search.canaries.add(rotated[kind], f"the rotated {kind}")
        old, new = hub_password(hub), give("a changed password")
        assert alice(t="user.update", password=new, old_password=old)["t"] == "ok"
        search.said.append(("list of bots", repr(alice(t="bot.list")).encode()))
    with session(search, subprotocol, username="alice", password=new):
        pass
    assert_nothing_came_out(search)


@pytest.mark.parametrize("search", ["text", "json"], indirect=True)
def test_nothing_comes_out_of_a_handler_that_fails(search: Search) -> None:
    give, canaries, hub = search.canaries.give, search.canaries, search.hub
    minted = canaries.add(f"{FUSE}{'x' * 39}", "a token in an error's text")
    key = canaries.add(f"{FUSE}{'y' * 68}", "a key_access in an error's text")
    bot_key = canaries.add(f"1-{FUSE}{'z' * 39}", "a bot_key in an error's text")
    search.ws("hello", handshake(), *hellos({"token": minted}))
    search.ws("hello", handshake(), *hellos({"username": "alice", "password": give("a password") + FUSE}))
    body = f"key_access={key}&type_action=add_message&content_message=x".encode()
    search.http("form", http("POST", AURORIALINK, body, Content_Type=FORM))
    search.http("room", http("POST", f"/rooms/1/{bot_key}/messages", b"x", Content_Type=FORM))
    with session(search, MSGPACK, token=hub.token("alice")) as alice:
        failed = alice(t="bot.rotate", bot=1, credential="webhook_secret")
        assert failed["code"] == "internal"
        search.said.append(("failed rotation", repr(failed).encode()))
    search.settle()
    log = hub.log_text()
    assert log.count("Traceback") >= 4, log
    for trace in ("KeyError", "ValueError", "RuntimeError"):
        assert trace in log
    assert_nothing_came_out(search)


@AS_JSON
def test_nothing_comes_out_of_webhooks_but_to_their_receivers(search: Search, receiver: Receiver) -> None:
    unlogged, hub = Canaries("Zeisig"), search.hub
    path, dead_end = unlogged.give("the path of a webhook"), unlogged.give("the path of a webhook that is down")
    with session(search, MSGPACK, token=hub.token("alice")) as alice:
        alice(t="conversation.create", kind="direct", members=[], bots=[1])
        alice(t="bot.update", bot=1, webhook_url=f"{receiver.url}/{path}", events_url=f"{receiver.url}/{path}")
        assert alice(t="publish", conv=2, cid="1", body="hello")["t"] == "ok"
        receiver.wait_for_call()
        receiver.wait_for_call()
        alice(t="bot.update", bot=1, webhook_url=f"http://127.0.0.1:1/{dead_end}", events_url=None)
        assert alice(t="publish", conv=2, cid="2", body="hello again")["t"] == "ok"
        wait_for_text(alice, 2, "Failed to respond (connection error)")
    assert hub.credentials["bots"]["ci"]["bot_key"] in "".join(receiver.heard)
    assert list(unlogged.leaks(hub.log.read_bytes(), "log")) == []
    assert list(unlogged.leaks(exchange(hub.ready.http, http("GET", "/metrics")), "metrics")) == []
    assert_nothing_came_out(search)


def test_nothing_comes_out_of_the_commands(search: Search) -> None:
    give, hub = search.canaries.give, search.hub
    peer = ("--url", hub.ready.ws, "--token")
    run_until_it_complains(search, "tail", *peer, give("token of tail"))
    tell(
        search,
        order("send", *peer, hub.token("alice"), "--conversation", "1", "hello"),
        order("send", *peer, give("token of send"), "--conversation", "1", "hello"),
        order(
            "send", "--url", f"ws://u:{give('password in a URL')}@x:y/ws", "--token", "t", "--conversation", "1", "x"
        ),
        order("send", "--url", hub.ready.ws, "--conversation", "1", "x", f"--token{give('misspelled')}"[:7]),
    )
    assert hub.stop() == 0
    data = ("--data", str(hub.data))
    contents = (
        '{{"users": [{{"username": "x", "password": "{}"',
        '{{"users": [{{"username": "x", "password": ["{}"]}}]}}',
        '{{"users": [{{"username": "x", "password": {{"{}": 1}}}}]}}',
        '{{"users": [{{"username": "x", "password": "{}"}}, {{"username": "x"}}]}}',
        '{{"bots": [{{"name": "x", "owner": "nobody", "token": "{}"}}]}}',
        '[[users]]\nusername = "x"\npassword = "{}',
        "[[users]]\npassword = {}",
    )
    tell(
        search,
        *(order("provision", "-", *data, stdin=content.format(give(f"file {content}"))) for content in contents),
        *(order("provision", "-", *data, **{f"HUBBUB_{key}": give(key)}) for key in ("SMTP_URL", "DATAX")),
        order("provision", "-", *data, HUBBUB_SMTP_URL=f"smtp://u:{give('password of mail')}@h:x/"),
        order("provision", "-", *data, HUBBUB_BOTLIVE_API_KEY=give("short key")[:15]),
    )
    rotation = run(search, "rotate-master-key", "--data", str(hub.data))
    assert json.loads(rotation)["older"]
    for key in master_keys(hub.data):
        search.canaries.add(key, "the new master key")
    answer = subprocess.run(
        [HUBBUB, "provision", hub.data.parent / "provision.json", "--data", hub.data, "--rotate"],
        capture_output=True,
        check=True,
    )
    search.said.append(("errors of provisioning", answer.stderr))
    for kind, secret in json.loads(answer.stdout)["bots"]["ci"].items():
        if kind != "id":
            search.canaries.add(secret, f"the provisioned {kind}")
    hub.start()
    assert_nothing_came_out(search)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    canaries = Canaries()
    canary = canaries.give("somewhere")
    bot_key, webhook_secret = canaries.add("12-abc", "a bot key"), canaries.add("whsec_def", "a webhook secret")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_text(f"..{canary}..")
    (tmp_path / "master.key").write_text(canary)
    assert list(canaries.leaks_in(tmp_path)) == [Leak("somewhere", "file")]
    found = canaries.leaks(f"/rooms/1/{bot_key}/ {webhook_secret[6:]}".encode(), "log")
    assert list(found) == [Leak("a bot key", "log"), Leak("a webhook secret", "log")]


def assert_nothing_came_out(search: Search) -> None:
    leaks = search.leaks()
    assert not leaks, "\n".join(map(str, leaks))
    # Silence would prove nothing: most of what was sent was understood and answered.
    assert sum(bool(content) for _, content in search.said) > 0.8 * len(search.said)
    assert search.hub.alive()
    assert search.hub.stop() == 0
    assert list(search.canaries.leaks_in(search.hub.data)) == []
    assert len(search.canaries) >= 8


def wait_for_text(ask: Callable[..., Frame], conv: int, text: str) -> None:
    deadline = time.monotonic() + 10
    while all(message["body"] != text for message in ask(t="history", conv=conv, limit=100)["messages"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def hellos(hello: dict[str, Any]) -> list[bytes]:
    whole = {"t": "hello", "ref": 1, "device": "d"} | hello
    return [packed(**{key: value for key, value in whole.items() if value != 10**40})]


def hub_password(hub: HubProcess) -> str:
    password: str = json.loads((hub.data.parent / "provision.json").read_text())["users"][0]["password"]
    return password


def run(search: Search, *arguments: str) -> str:
    """Run a command, and keep what it said for the search."""
    return _listen(search, [HUBBUB, *arguments], "")


def run_until_it_complains(search: Search, *arguments: str) -> None:
    """Run a command that would try for ever up to its first complaint, and keep that for the search."""
    with subprocess.Popen([HUBBUB, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        complaint = process.stderr.readline()
        process.kill()
        out, err = process.communicate()
    assert complaint
    search.said.append((f"output of {arguments[:1]}", complaint + err + out))


def tell(search: Search, *orders: dict[str, Any]) -> None:
    """Run many commands, and keep what they said."""
    _listen(search, [sys.executable, "-m", "tests.faults.many_commands"], "\n".join(map(json.dumps, orders)))


def order(*arguments: str, stdin: str = "{}", **env: str) -> dict[str, Any]:
    return {"arguments": arguments, "stdin": stdin, "env": env}


def _listen(search: Search, command: list[str], stdin: str) -> str:
    ended = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.stderr.strip() or ended.stdout.strip()
    search.said.append((f"output of {command[1:3]}", f"{ended.stdout}{ended.stderr}".encode()))
    return ended.stdout


@contextlib.contextmanager
def session(search: Search, subprotocol: str, **hello: str) -> Iterator[Any]:
    """A session, as a function that asks; what is answered is searched, but for what was asked to be told."""
    peer = PythonPeer(search.hub.ready.ws, subprotocol)
    refs = iter(range(2, 1_000))

    def ask(**request: Any) -> Frame:
        ref = next(refs)
        peer.send(ref=ref, **request)
        while True:
            frame = peer.receive()
            assert not isinstance(frame, Closed), frame
            if frame.get("ref") == ref:
                if request["t"] not in ("bot.create", "bot.rotate") or frame["t"] == "error":
                    search.said.append((f"answer to {request['t'][:12]}", repr(frame).encode()))
                return frame

    try:
        peer.send(t="hello", ref=1, device="d", **hello)
        welcome = peer.receive()
        assert not isinstance(welcome, Closed), welcome
        assert welcome["t"] == "welcome"
        yield ask
    finally:
        peer.leave()
