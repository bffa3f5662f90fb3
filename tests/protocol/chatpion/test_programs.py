"""The programs of docs/dialects/chatpion.md, run as they stand there but for the host and the key."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.peers import NODE
from tests.protocol.chatpion.golden import ACCOUNT, CALLS, MESSAGE, SUBSCRIBER, paged
from tests.protocol.chatpion.programs import HOST, KEY, PROGRAMS, outcome
from tests.protocol.chatpion.server import ApiServer, asked

SENT = next(call for call in CALLS if call.name == "send_message")

# As ChatPion's own document prints them.
PYTHON = """\
import chatpion

client = chatpion.Client(api_key='your_api_key_here')

# Get account information
try:
    account = client.get_account()
    print(account)
except Exception as e:
    print(e)

# Send a message
try:
    message = client.send_message(
        subscriber_id=1,
        message='Hello, world!',
        type='text'
    )
    print(message)
except Exception as e:
    print(e)
"""
JAVASCRIPT = """\
const ChatPion = require('chatpion');

const client = new ChatPion({
  apiKey: 'your_api_key_here'
});

// Get account information
client.getAccount()
  .then(account => {
    console.log(account);
  })
  .catch(error => {
    console.error(error);
  });

// Send a message
client.sendMessage({
  subscriber_id: 1,
  message: 'Hello, world!',
  type: 'text'
})
  .then(message => {
    console.log(message);
  })
  .catch(error => {
    console.error(error);
  });
"""


def test_the_python_program_is_the_documents_but_for_import_and_host() -> None:
    ours = PYTHON.replace("import chatpion", "from protocol import chatpion")
    assert PROGRAMS["python"] == ours.replace(f"'{KEY}'", f"'{KEY}', base_url='{HOST}'")


def test_the_javascript_program_is_the_documents_but_for_the_host() -> None:
    assert PROGRAMS["javascript"] == JAVASCRIPT.replace(f"'{KEY}'", f"'{KEY}',\n  baseUrl: '{HOST}'")


def both_were_asked(server: ApiServer) -> bool:
    """Whether the account was asked for and the message sent, in either order."""
    assert {request.headers["x-api-key"] for request in server.asked} == {"cp_secret"}
    requests = sorted((request.method, request.path, request.body) for request in server.asked)
    return requests == [("GET", "/api/account", None), ("POST", "/api/messages", SENT.body)]


def test_the_python_program_runs(server: ApiServer, tmp_path: Path) -> None:
    server.says(ACCOUNT)
    server.says(MESSAGE)
    assert outcome([sys.executable], "python", server.url, "cp_secret", tmp_path) == f"{ACCOUNT}\n{MESSAGE}\n"
    assert both_were_asked(server)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_javascript_program_runs(server: ApiServer, tmp_path: Path) -> None:
    # Both are under way at once: they are told the same, so that either may come first.
    server.says(MESSAGE)
    server.says(MESSAGE)
    assert (
        outcome([NODE or "node"], "javascript", server.url, "cp_secret", tmp_path).count("message: 'Hello, world!'")
        == 2
    )
    assert both_were_asked(server)


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
def test_the_php_program_runs(server: ApiServer, tmp_path: Path) -> None:
    if b"curl" not in subprocess.run(["php", "-m"], capture_output=True, check=True).stdout:
        pytest.skip("php has no curl")
    server.says(ACCOUNT)
    server.says(MESSAGE)
    printed = outcome(["php"], "php", server.url, "cp_secret", tmp_path)
    assert "[email] => example@example.com" in printed
    assert "[message] => Hello, world!" in printed
    assert both_were_asked(server)


def test_the_program_that_turns_pages_runs(server: ApiServer, tmp_path: Path) -> None:
    server.says(paged("subscribers", SUBSCRIBER))
    assert outcome([sys.executable], "pages", server.url, "cp_secret", tmp_path) == "John Doe\n"
    assert [(request.method, request.path, request.query) for request in server.asked] == [
        asked("GET /api/subscribers?limit=100&page=1&tag=newsletter")
    ]


def test_the_program_that_verifies_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    program: dict[str, object] = {"__name__": "handler"}
    exec(PROGRAMS["verify"], program)  # noqa: S102 — our own document
    handle, sign = program["handle"], program["chatpion"].sign_webhook  # type: ignore[attr-defined]
    assert callable(handle)
    secret, body = "whsec_aGVscA==", b'{"event": "message.read", "data": {"id": 1}}'
    assert handle(secret, sign(secret, body, call_id="msg_1"), body) == 204
    assert capsys.readouterr().out == "msg_1 message.read {'id': 1}\n"
    assert handle(secret, sign(secret, body), b"{}") == 401
