"""The tutorial's programs, run as they stand there, against a hub of their own."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from protocol.client import Client, Message, Published, open_client
from tests.docs.documents import ROOT, programs
from tests.e2e.hub_process import HubProcess

PROGRAMS = programs(ROOT / "docs/tutorial.md")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """The hub of `make serve`."""
    provision = json.loads((ROOT / "docs/demo.json").read_text())
    with HubProcess(tmp_path_factory.mktemp("demo"), provision=provision) as hub:
        yield hub


def start(folder: Path, mark: str, url: str, token: str) -> subprocess.Popen[str]:
    program = folder / f"{mark}.py"
    program.write_text(PROGRAMS[mark])
    return subprocess.Popen(
        [sys.executable, str(program), url, token],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_client_from_nothing_signs_in_publishes_and_sees_its_message(demo: HubProcess, tmp_path: Path) -> None:
    with start(tmp_path, "client", demo.ready.ws, demo.token("alice")) as client:
        out, err = client.communicate(timeout=30)
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "signed in as alice"
    assert any("alice: hello from nothing" in line for line in lines)
    assert any(line.startswith("on disk as event") for line in lines)


async def test_the_bot_answers_and_misses_nothing_over_its_own_restart(demo: HubProcess, tmp_path: Path) -> None:
    with trio.fail_after(30):
        async with open_client(demo.ready.ws, token=demo.token("bob")) as bob:
            async with a_bot(demo, tmp_path):
                first = await bob.publish(1, "ping")
                await pong_for(bob, first)
            missed = await bob.publish(1, "ping")
            async with a_bot(demo, tmp_path):
                await pong_for(bob, missed)


@asynccontextmanager
async def a_bot(demo: HubProcess, folder: Path) -> AsyncIterator[None]:
    """The bot, until it is killed: it gets no chance to put anything in order."""
    with start(folder, "bot", demo.ready.ws, demo.credentials["bots"]["echo"]["token"]) as bot:
        assert bot.stdout is not None
        try:
            assert await trio.to_thread.run_sync(bot.stdout.readline) == "here as echo\n"
            yield
        finally:
            bot.kill()


async def pong_for(client: Client, ping: Published) -> None:
    async for item in client:
        if isinstance(item, Message) and (item.body, item.reply_to) == ("pong", ping.id):
            return
