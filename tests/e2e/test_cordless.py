"""Cordless on a real hub: the snippets and the bot of its document as they stand there, and what is on the wire."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, NODE, NODE_DIRECTORY, PythonPeer
from tests.e2e.talker import Talker

SNIPPETS = Path(__file__).parent / "cordless"
START_S = 20.0
HELLO = "Hello! I'm a friendly bot."

PROVISION = {
    "users": [{"username": "alice", "fullname": "Alice"}, {"username": "eve"}],
    "bots": [{"name": "ci", "owner": "alice"}, {"name": "helper bot", "owner": "alice"}],
    "conversations": [
        {"name": "ops", "kind": "closed", "members": ["alice"], "bots": ["ci", "helper bot"]},
        {"name": "lonely", "kind": "closed", "members": ["alice"]},
    ],
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub whose webhooks may reach this machine, and whose Cordless listens for itself as well."""
    env = {"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8", "HUBBUB_DIALECT_BIND": "cordless=127.0.0.1:0"}
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=PROVISION, env=env) as hub:
        yield hub
        keys = [bot["bot_key"] for bot in hub.credentials["bots"].values()]
        assert hub.stop() == 0
    log = hub.log_text()
    assert "Traceback" not in log, log
    assert not [key for key in keys if key.partition("-")[2] in log], "a key is in the log"


@pytest.fixture
def alice(hub: HubProcess) -> Iterator[Talker]:
    """Alice, on a native session."""
    talker = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token("alice"))
    yield talker
    talker.peer.leave()


def key_of(hub: HubProcess, bot: str = "ci") -> str:
    key: str = hub.credentials["bots"][bot]["bot_key"]
    return key


def room_of(hub: HubProcess, key: str | None = None, name: str = "ops") -> str:
    return f"/rooms/{hub.conversation(name)}/{key or key_of(hub)}/messages"


class Call(NamedTuple):
    """What a call came back with."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def call(hub: HubProcess, method: str, target: str, body: bytes | str = b"", **headers: str) -> Call:
    """Make one call; `target` is a path of the hub, or a URL."""
    where = urlsplit(target)
    connection = http.client.HTTPConnection(where.netloc or urlsplit(hub.ready.http).netloc, timeout=30)
    try:
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"{where.path}?{where.query}".rstrip("?"), content, named)
        response = connection.getresponse()
        return Call(response.status, response.read(), {name.lower(): value for name, value in response.getheaders()})
    finally:
        connection.close()


# -------------------------------------------------------------------------------------------- the document's snippets


def curl(hub: HubProcess, snippet: str, key: str, directory: Path) -> str:
    """Run a snippet with host, room, key and file replaced, and nothing else; return the head that curl got."""
    text = (SNIPPETS / snippet).read_text(encoding="utf-8").replace("https://your-instance.com", hub.ready.http)
    room = f"/rooms/{hub.conversation('ops')}/{key}/messages"
    text = re.sub(r"/rooms/(?:123/456-abc123def456|\{room_id\}/\{bot_key\})/messages", room, text)
    (directory / ".curlrc").write_text("silent\ninclude\n")
    (directory / "file.pdf").write_bytes(b"%PDF-1.7 content")
    text = text.replace("/path/to/file.pdf", str(directory / "file.pdf"))
    env = os.environ | {"CURL_HOME": str(directory), "HOME": str(directory)}
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=60, env=env, check=True).stdout


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@needs_curl
@pytest.mark.parametrize(
    ("snippet", "says"), [("hello.sh", "Hello from my bot!"), ("text.sh", "Your message text here")]
)
def test_the_documents_text_snippets(hub: HubProcess, alice: Talker, snippet: str, says: str, tmp_path: Path) -> None:
    head = curl(hub, snippet, key_of(hub), tmp_path)
    heard = alice.hear()
    assert (heard["body"], heard["from"]["kind"], heard["from"]["name"]) == (says, "bot", "ci")
    assert head.startswith("HTTP/1.1 201")
    location = f"{hub.ready.http}/rooms/{heard['conv']}/messages/{heard['id']}"
    assert f"\nlocation: {location}\n" in head
    assert head.endswith("\n\n")


@needs_curl
def test_the_documents_file_snippet(hub: HubProcess, alice: Talker, tmp_path: Path) -> None:
    assert curl(hub, "file.sh", key_of(hub), tmp_path).startswith("HTTP/1.1 201")
    heard = alice.hear()
    (carried,) = heard["attachments"]
    assert (heard["body"], carried["name"], carried["size"]) == ("", "file.pdf", 16)
    token = f"Bearer {hub.token('alice')}"
    assert call(hub, "GET", carried["url"], Authorization=token).body == b"%PDF-1.7 content"
    assert call(hub, "GET", carried["url"]).status == 401


@needs_curl
@pytest.mark.parametrize("snippet", ["hello.sh", "text.sh", "file.sh"])
def test_the_documents_snippets_with_a_wrong_key(hub: HubProcess, snippet: str, tmp_path: Path) -> None:
    assert curl(hub, snippet, "456-abc123def456", tmp_path).startswith("HTTP/1.1 401")


# -------------------------------------------------------------------------------------------- the document's bot


def why_no_bot() -> str | None:
    if NODE is None:
        return "node is not installed"
    if not (NODE_DIRECTORY / "node_modules" / "express").is_dir():
        return "express is not installed: make node"
    return None


@contextmanager
def running_bot(directory: Path) -> Iterator[str]:
    """Run the document's bot on a free port, and give the address of its webhook."""
    assert NODE is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = directory / "bot.js"
    text = (SNIPPETS / "bot.js").read_text(encoding="utf-8")
    program.write_text(text.replace("app.listen(3000)", f"app.listen({port}, '127.0.0.1')"), encoding="utf-8")
    env = os.environ | {"NODE_PATH": str(NODE_DIRECTORY / "node_modules")}
    process = subprocess.Popen([NODE, str(program)], env=env)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    """Wait until somebody listens there."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the bot does not start"
            time.sleep(0.05)
        else:
            return


@pytest.mark.skipif(why_no_bot() is not None, reason=str(why_no_bot()))
def test_the_documents_node_bot_answers_those_who_mention_it(hub: HubProcess, alice: Talker, tmp_path: Path) -> None:
    bot, ops = hub.credentials["bots"]["helper bot"]["id"], hub.conversation("ops")
    with running_bot(tmp_path) as url:
        assert alice.ask("bot.update", bot=bot, webhook_url=url)["t"] == "ok"
        direct = alice.ask("conversation.create", kind="direct", members=[], bots=[bot])["conversation"]["id"]

        def says(conv: int, body: str) -> None:
            assert alice.ask("publish", conv=conv, cid=body, body=body)["t"] == "ok"
            assert alice.hear()["body"] == body

        assert alice.hear()["t"] == "members"
        # The bot is silent about what it does not know, and so is the room; then it answers in order.
        says(ops, "Hey @helper bot, what's the weather?")
        says(ops, "hello everybody")
        says(ops, "Hey @helper bot: HELLO there")
        answer = alice.hear()
        assert (answer["conv"], answer["body"], answer["from"]["name"]) == (ops, HELLO, "helper bot")
        says(direct, "what time is it?")
        answer = alice.hear()
        assert (answer["conv"], answer["from"]["id"]) == (direct, bot)
        assert answer["body"].startswith("The current time is ")
    assert alice.ask("bot.update", bot=bot, webhook_url=None)["t"] == "ok"


# -------------------------------------------------------------------------------------------- on the wire


def raw(hub: HubProcess, request: bytes) -> bytes:
    """Send bytes, read until the hub closes."""
    host, port = urlsplit(hub.ready.http).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    ("room", "key", "body", "status"),
    [("ops", "7-", "x", 401), ("ops", "1-wrong", "x", 401), ("lonely", None, "x", 403), ("ops", None, " ", 422)],
)
def test_failures_are_empty_to_the_byte(hub: HubProcess, room: str, key: str | None, body: str, status: int) -> None:
    head = f"POST {room_of(hub, key, room)} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: {len(body)}"
    answer = raw(hub, f"{head}\r\n\r\n{body}".encode())
    lines = answer.decode().split("\r\n")
    assert lines[0].rstrip() == f"HTTP/1.1 {status}"
    assert answer.endswith(b"\r\n\r\n")
    names = {line.partition(":")[0].lower() for line in lines[1:] if line}
    assert names == {"content-length", "x-request-id", "date", "connection"}


def test_location_resolves_for_members_only(hub: HubProcess, alice: Talker) -> None:
    location = call(hub, "POST", room_of(hub), "<b>hi</b> @Alice").headers["location"]
    heard = alice.hear()
    assert (heard["html"], [who["name"] for who in heard["mentions"]]) == ("<b>hi</b> @Alice", ["Alice"])
    found = call(hub, "GET", location, Authorization=f"Bearer {hub.token('alice')}")
    shown: dict[str, Any] = json.loads(found.body)
    assert (found.status, shown["id"], shown["body"]) == (200, heard["id"], "hi @Alice")
    assert call(hub, "GET", location).status == 401
    assert call(hub, "GET", location, Authorization=f"Bearer {hub.token('eve')}").status == 404


def test_it_listens_for_itself_as_well_and_leads_back_there(hub: HubProcess, alice: Talker) -> None:
    found = re.search(r"a dialect listens for itself dialect=cordless address=(\S+)", hub.log_text())
    assert found is not None
    own = f"http://{found[1]}"
    posted = call(hub, "POST", own + room_of(hub), "from over there")
    assert posted.headers["location"] == f"{own}/rooms/{hub.conversation('ops')}/messages/{alice.hear()['id']}"
    assert call(hub, "GET", posted.headers["location"], Authorization=f"Bearer {hub.token('alice')}").status == 200
    assert call(hub, "GET", f"{own}/up").status == 404


def test_everything_that_is_added_on_a_real_hub(hub: HubProcess, alice: Talker) -> None:
    room = room_of(hub)
    call(hub, "POST", room, "Deploying...")
    said = alice.hear()["id"]
    edited = call(hub, "PATCH", f"{room}/{said}", "<i>Deployed</i>")
    assert (edited.status, json.loads(edited.body)["body"]["plain_text"]) == (200, "Deployed")
    assert [alice.hear()[key] for key in ("html",)] == ["<i>Deployed</i>"]
    boosted = call(hub, "POST", f"{room}/{said}/boosts", "👀")
    event = alice.hear()
    assert (boosted.status, json.loads(boosted.body)["id"]) == (201, event["seq"])
    assert (event["t"], event["emoji"], event["on"]) == ("reacted", "👀", True)
    assert call(hub, "DELETE", f"{room}/{said}/boosts/{event['seq']}").status == 204
    assert alice.hear()["on"] is False
    listed = call(hub, "GET", room)
    before = json.loads(listed.body)
    assert before[-1]["id"] == said
    assert call(hub, "DELETE", f"{room}/{said}").status == 204
    assert alice.hear()["t"] == "deleted"
    again = call(hub, "GET", room)
    assert json.loads(again.body) == before[:-1]
    assert int(again.headers["x-total-count"]) == int(listed.headers["x-total-count"]) - 1


def test_pages_lead_through_the_whole_room(hub: HubProcess) -> None:
    room = room_of(hub)
    for number in range(45):
        assert call(hub, "POST", room, f"page {number}").status == 201
    texts: list[str] = []
    link: str | None = room
    while link is not None:
        page = call(hub, "GET", link)
        texts = [message["body"]["plain_text"] for message in json.loads(page.body)] + texts
        found = re.fullmatch(r'<(\S+)>; rel="next"', page.headers.get("link", ""))
        link = found[1] if found else None
    assert texts[-45:] == [f"page {number}" for number in range(45)]
    assert len(texts) == int(page.headers["x-total-count"])


def test_giants_are_refused_and_the_hub_goes_on(hub: HubProcess) -> None:
    room = room_of(hub)
    head = f"POST {room} HTTP/1.1\r\nHost: hub\r\nContent-Length: 30000000\r\n\r\n".encode()
    assert raw(hub, head).startswith(b"HTTP/1.1 413")
    endless = f"POST {room} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
    chunks = (b"%x\r\n" % 65_536 + b"x" * 65_536 + b"\r\n") * 40 + b"0\r\n\r\n"
    assert raw(hub, endless + chunks).startswith(b"HTTP/1.1 422")
    assert call(hub, "POST", room, "still here").status == 201


def test_a_rotated_key_dies_and_the_new_one_works(hub: HubProcess, alice: Talker) -> None:
    bot = hub.credentials["bots"]["helper bot"]["id"]
    old = key_of(hub, "helper bot")
    assert call(hub, "POST", room_of(hub, old), "before").status == 201
    new = alice.ask("bot.rotate", bot=bot, credential="bot_key")["bot"]["bot_key"]
    assert call(hub, "POST", room_of(hub, old), "after").status == 401
    assert call(hub, "POST", room_of(hub, new), "after").status == 201
