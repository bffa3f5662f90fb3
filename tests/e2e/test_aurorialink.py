"""AuroriaLink on a real hub: the snippets of its document as they stand there, and what it looks like on the wire."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
import trustme

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, PythonPeer
from tests.e2e.talker import Talker

SNIPPETS = Path(__file__).parent / "aurorialink"
PATH = "/app/bot_api.php?route=api_messenger"
COMMITTED = b'{"return_code": 0}'
SLOW_DOWN = b'{"return_info": "Please respect the imposed usage limit of 10 requests per minute"}'
NOT_AFFECTED = b'{"return_info": "your key access is not affected"}'
CALLERS = 20

PROVISION = {
    "users": [{"username": "alice"}],
    "bots": [{"name": name, "owner": "alice"} for name in ("ci", "shell", "python", "node", "php", "idle", "wire")],
    "conversations": [
        {"name": "ops", "kind": "closed", "members": ["alice"], "bots": ["ci"]},
        {"name": "tea", "kind": "open", "members": ["alice"], "bots": ["ci", "wire"]},
        {"name": "lab", "kind": "closed", "members": ["alice"], "bots": ["shell", "python", "node", "php"]},
    ],
}


def key_of(hub: HubProcess, bot: str) -> str:
    key: str = hub.credentials["bots"][bot]["key_access"]
    return key


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub whose AuroriaLink listens for itself as well."""
    env = {"HUBBUB_DIALECT_BIND": "aurorialink=127.0.0.1:0"}
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=PROVISION, env=env) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


# -------------------------------------------------------------------------------------------- the document's snippets


class Snippet(NamedTuple):
    """One of the document's programs: what runs it, what it says, and what it prints."""

    file: str
    command: Callable[[Path, Path], Sequence[str]]
    says: str
    prints: str
    missing: Callable[[], str | None]


def without(program: str, *extension: str) -> Callable[[], str | None]:
    """Why the program cannot run, if it cannot."""

    def why() -> str | None:
        if shutil.which(program) is None:
            return f"{program} is not installed"
        if extension and "curl" not in subprocess.run([program, *extension], capture_output=True, text=True).stdout:
            return f"{program} has no curl"
        return None

    return why


def without_requests() -> str | None:
    return None if find_spec("requests") else "requests is not installed"


REPORT = "Daily report: 150 orders processed"
SNIPPETS_RUN = [
    Snippet(
        "first.sh", lambda file, ca: ["sh", str(file)], "Hello from my bot!", '{"return_code": 0}', without("curl")
    ),
    Snippet(
        "curl.sh",
        lambda file, ca: ["sh", str(file)],
        "Server status: All systems operational",
        '{"return_code": 0}',
        without("curl"),
    ),
    Snippet(
        "python.txt", lambda file, ca: [sys.executable, str(file)], REPORT, "{'return_code': 0}\n", without_requests
    ),
    Snippet(
        "node.js",
        lambda file, ca: ["node", str(file)],
        "Build #1234 completed successfully!",
        "{ return_code: 0 }\n",
        without("node"),
    ),
    Snippet(
        "php.php",
        lambda file, ca: ["php", "-d", f"curl.cainfo={ca}", str(file)],
        "New user registered: john.doe@example.com",
        "Array\n(\n    [return_code] => 0\n)\n",
        without("php", "-m"),
    ),
]
BOT_OF = {"first.sh": "shell", "curl.sh": "shell", "python.txt": "python", "node.js": "node", "php.php": "php"}


class Secure(NamedTuple):
    """A hub that speaks TLS, and who vouches for it."""

    hub: HubProcess
    authority: Path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    directory, authority = tmp_path_factory.mktemp("hub"), trustme.CA()
    pem, ca = directory / "hub.pem", directory / "ca.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    authority.cert_pem.write_to_path(ca)
    env = {"HUBBUB_TLS_CERTFILE": str(pem), "HUBBUB_TLS_KEYFILE": str(pem), "HUBBUB_REQUIRE_TLS": "always"}
    with HubProcess(directory, provision=PROVISION, env=env) as hub:
        yield Secure(hub, ca)
        assert hub.stop() == 0


def _trusting(secure: Secure) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(secure.authority))


def run(snippet: Snippet, secure: Secure, key: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a snippet with the host and the token replaced, and nothing else."""
    host, port = secure.hub.ready.http.removeprefix("https://").split(":")
    text = (SNIPPETS / snippet.file).read_text(encoding="utf-8")
    text = text.replace("https://quantive-studio.xyz", f"https://{host}:{port}")
    text = text.replace("'quantive-studio.xyz'", f"'{host}'").replace("port: 443", f"port: {port}")
    text = re.sub(r"YOUR_BOT_TOKEN|TUlOREZDSyqlLtCi\.\.\.", key, text)
    program = directory / snippet.file
    program.write_text(text, encoding="utf-8")
    authority = str(secure.authority)
    trust = {"CURL_CA_BUNDLE": authority, "REQUESTS_CA_BUNDLE": authority, "NODE_EXTRA_CA_CERTS": authority}
    command = snippet.command(program, secure.authority)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ | trust)


@pytest.mark.parametrize("snippet", SNIPPETS_RUN, ids=lambda snippet: snippet.file)
def test_the_documents_snippets_do_what_it_says(snippet: Snippet, secure: Secure, tmp_path: Path) -> None:
    if why := snippet.missing():
        pytest.skip(why)
    alice = Talker(PythonPeer(secure.hub.ready.ws, MSGPACK, tls=_trusting(secure))).hello(
        token=secure.hub.token("alice")
    )
    bot = BOT_OF[snippet.file]
    done = run(snippet, secure, key_of(secure.hub, bot), tmp_path)
    assert done.stdout == snippet.prints, done.stderr
    message = alice.hear()
    assert (message["body"], message["from"]["kind"], message["from"]["name"]) == (snippet.says, "bot", bot)
    alice.peer.leave()


@pytest.mark.parametrize("snippet", SNIPPETS_RUN, ids=lambda snippet: snippet.file)
def test_the_documents_snippets_with_a_wrong_token(snippet: Snippet, secure: Secure, tmp_path: Path) -> None:
    if why := snippet.missing():
        pytest.skip(why)
    done = run(snippet, secure, "WRONG", tmp_path)
    if snippet.file == "php.php":
        assert done.stdout == "Array\n(\n    [error] => Authentication failed\n)\n"
    else:
        # Nothing came: the document's Python and Node make a JSON error of that.
        assert done.stdout == ""


# -------------------------------------------------------------------------------------------- on the wire


class Call(NamedTuple):
    """What a call came back with."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def call(url: str, key: str, text: str = "x") -> Call:
    """Make one call, as any client would."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    form = urlencode({"key_access": key, "type_action": "add_message", "content_message": text})
    try:
        connection.request("POST", PATH, form, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        return Call(response.status, response.read(), dict(response.headers))
    finally:
        connection.close()


def raw(url: str, request: bytes) -> bytes:
    """Send bytes, read until the hub closes."""
    host, port = urlsplit(url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    "head",
    [
        f"GET {PATH}",
        f"PUT {PATH}",
        f"OPTIONS {PATH}",
        "POST /app/bot_api.php?route=other",
        "POST /app/other.php",
        f"POST {PATH}",
    ],
)
def test_every_failure_is_the_same_empty_404(hub: HubProcess, head: str) -> None:
    answer = raw(
        hub.ready.http, f"{head} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
    )
    lines = answer.decode().split("\r\n")
    assert lines[0].rstrip() == "HTTP/1.1 404"
    assert answer.endswith(b"\r\n\r\n")
    names = {line.partition(":")[0].lower() for line in lines[1:] if line}
    assert names == {"content-length", "x-request-id", "date", "connection"}


def test_a_bot_that_is_assigned_to_nothing(hub: HubProcess) -> None:
    answer = call(hub.ready.http, key_of(hub, "idle"))
    assert (answer.status, answer.body) == (200, NOT_AFFECTED)


def test_it_listens_for_itself_as_well(hub: HubProcess) -> None:
    found = re.search(r"a dialect listens for itself dialect=aurorialink address=(\S+)", hub.log_text())
    assert found is not None
    own = f"http://{found[1]}"
    assert call(own, key_of(hub, "wire")).body == COMMITTED
    assert raw(own, b"GET /up HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 404")
    # The rate is one, whichever way it comes in.
    answers = [call(url, key_of(hub, "wire")).body for url in (own, hub.ready.http) * 5]
    assert Counter(answers) == {COMMITTED: 9, SLOW_DOWN: 1}


def test_of_1000_calls_in_parallel_exactly_10_are_committed_in_every_conversation(hub: HubProcess) -> None:
    alice = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token("alice"))
    answers = flood(hub.ready.http, key_of(hub, "ci"), 1_000)
    assert answers == {COMMITTED: 10, SLOW_DOWN: 990}
    heard = Counter(alice.hear()["conv"] for _ in range(20))
    assert heard == {hub.conversation("ops"): 10, hub.conversation("tea"): 10}
    alice.peer.leave()


def flood(url: str, key: str, calls: int) -> Counter[bytes]:
    """Let 20 callers, each on a connection that it keeps, make so many calls between them; count the answers."""
    answers: Counter[bytes] = Counter()
    form = urlencode({"key_access": key, "type_action": "add_message", "content_message": "x"})

    def caller() -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        for _ in range(calls // CALLERS):
            connection.request("POST", PATH, form, {"Content-Type": "application/x-www-form-urlencoded"})
            answers[connection.getresponse().read()] += 1
        connection.close()

    threads = [threading.Thread(target=caller) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# Last in this module: from then on nobody of this machine is let in.
def test_z_the_ban_covers_right_keys_and_no_key_is_in_the_log(hub: HubProcess) -> None:
    for number in range(15):
        assert call(hub.ready.http, f"canary-{number}").status == 404
    assert call(hub.ready.http, key_of(hub, "idle")).status == 404
    log = hub.log_text()
    assert "canary" not in log
    assert not [bot for bot in hub.credentials["bots"] if key_of(hub, bot) in log]
