"""The bots of Bot Manager's page, run as they stand there against a hub: each does what its owner asks, and logs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.docs.documents import ROOT, programs
from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import NODE, NODE_DIRECTORY, PATIENCE_S

PROGRAMS = programs(ROOT / "docs/dialects/botmanager.md")
PASSWORD = "correct horse"
needs_node = pytest.mark.skipif(
    NODE is None or not (NODE_DIRECTORY / "node_modules/socket.io-client").is_dir(),
    reason="node or its socket.io-client is not installed",
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub."""
    with HubProcess(tmp_path_factory.mktemp("hub")) as process:
        yield process.ready.http


def test_the_python_bot_polls_acknowledges_and_logs(hub: str, tmp_path: Path) -> None:
    program = tmp_path / "bot.py"
    program.write_text(PROGRAMS["poll"])
    does_as_asked([sys.executable, str(program)], hub, "pauline")


@needs_node
def test_the_javascript_bot_is_pushed_to_acknowledges_and_logs(hub: str, tmp_path: Path) -> None:
    program = tmp_path / "bot.mjs"
    program.write_text(PROGRAMS["push"])
    (tmp_path / "node_modules").symlink_to(NODE_DIRECTORY / "node_modules")
    does_as_asked([NODE or "node", str(program)], hub, "jason")


def does_as_asked(command: list[str], url: str, owner: str) -> None:
    """Start a bot, have its owner send it something, and wait until it is done."""
    with subprocess.Popen([*command, url, owner, PASSWORD], stdout=subprocess.PIPE, text=True) as bot:
        try:
            assert bot.stdout is not None
            number = bot.stdout.readline().strip()
            with requests.Session() as session:
                session.post(f"{url}/api/auth/login", json={"username": owner, "password": PASSWORD})
                session.post(f"{url}/api/bot/{number}/send-command", json={"type": "dance"}).raise_for_status()
                assert finished(session, f"{url}/api/bot/{number}/commands-history")["result"] == {"ok": True}
                logs = session.get(f"{url}/api/logs", params={"bot_id": number}).json()["logs"]
                assert [log["message"] for log in logs] == ["did dance"]
        finally:
            bot.kill()


def finished(session: requests.Session, history: str) -> dict[str, Any]:
    """The bot's one command, as soon as it is acknowledged."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        command: dict[str, Any] = session.get(history).json()["commands"][0]
        if command["status"] == "completed":
            return command
        time.sleep(0.02)
    raise AssertionError("the command was never acknowledged")
