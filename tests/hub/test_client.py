"""`hubbub send` and `hubbub tail`: exit statuses, one clear line, nothing lost.

Where a command works with a thread, the clock is real: a virtual one would jump while the thread is at it.
"""

import io
from collections.abc import Callable
from functools import partial

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from hub import client as commands
from protocol.client import open_client
from tests.fakes.hub import FakeHub, hub_playing, message, room

URL = "ws://hub/ws"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeHub], None]:
    """Lead the commands to a fake hub."""

    def lead(hub: FakeHub) -> None:
        monkeypatch.setattr(commands, "open_client", partial(open_client, dial=hub.dial, random=lambda: 0.0))

    return lead


Lead = Callable[[FakeHub], None]


async def test_send_returns_0_once_committed(autojump_clock: MockClock, at: Lead) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        asked = await peer.hears()
        assert (asked["t"], asked["conv"], asked["body"]) == ("publish", 3, "hello")
        await peer.says({"t": "ok", "ref": asked["ref"], "conv": 3, "seq": 1, "id": 1, "at": 1, "dup": False})
        assert await peer.lingers() == [{"t": "bye"}]

    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.send(URL, "token", 3, "hello") == 0


async def test_send_reads_standard_input(at: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        asked = await peer.hears()
        assert asked["body"] == "two\nlines"
        await peer.says({"t": "ok", "ref": asked["ref"], "conv": 3, "seq": 1, "id": 1, "at": 1, "dup": False})
        await peer.lingers()

    monkeypatch.setattr("sys.stdin", io.StringIO("two\nlines\n"))
    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.send(URL, "token", 3, "-") == 0


async def test_send_says_in_one_line_why_it_was_refused(
    autojump_clock: MockClock, at: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        asked = await peer.hears()
        await peer.says({"t": "error", "ref": asked["ref"], "code": "not_found", "message": "no such\nconversation"})
        await peer.lingers()

    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.send(URL, "token", 4, "hello") == 1
    assert capsys.readouterr().err == "hubbub send: not_found: no such\\nconversation\n"


async def test_send_does_not_wait_for_ever(
    autojump_clock: MockClock, at: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        await peer.lingers()

    async with hub_playing(script) as hub:
        at(hub)
        start = trio.current_time()
        assert await commands.send(URL, "token", 3, "hello") == 1
        assert trio.current_time() - start == pytest.approx(commands.SEND_TIMEOUT_S)
    assert capsys.readouterr().err.startswith("hubbub send: no answer within 30 s")


@pytest.mark.parametrize("command", ["send", "tail"])
async def test_a_wrong_token_and_a_wrong_url_are_told_apart(
    command: str, autojump_clock: MockClock, at: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.hears()
        await peer.closes(4403, "not authenticated")

    async def run(url: str) -> int:
        if command == "send":
            return await commands.send(url, "token", 3, "hello")
        return await commands.tail(url, "token", 3, io.StringIO())

    async with hub_playing(script) as hub:
        at(hub)
        assert await run(URL) == 1
        assert await run("http://hub") == 2
    refused, usage = capsys.readouterr().err.splitlines()
    assert refused == f"hubbub {command}: the session has ended: 4403 not authenticated"
    assert usage.startswith(f"hubbub {command}: not a WebSocket URL: 'http://hub'")


async def test_text_that_is_no_utf8_is_a_usage_error(
    autojump_clock: MockClock, at: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room())
        await peer.lingers()

    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.send(URL, "token", 3, "a\udcffb") == 2
    assert capsys.readouterr().err == "hubbub send: the text is not valid UTF-8\n"


async def test_tail_writes_a_line_for_each_message_over_reconnects(
    at: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(3), room(4))
        await peer.says(message(1), message(1, conv=4, body="elsewhere"), message(2, body="two\nlines \x1b[2J"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.cuts()
        peer = await hub.peer()
        await peer.welcomes(room(3, seq=9), room(4, seq=1))
        await peer.says({"t": "gap", "conv": 3, "from": 3, "to": 8}, message(9, body="أهلا 👨‍👩‍👧"))
        await peer.closes(4410, "replaced")

    out = io.StringIO()
    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.tail(URL, "token", 3, out) == 1
    assert out.getvalue().splitlines() == [
        "2023-11-14T22:13:20Z #3 bob: hello",
        "2023-11-14T22:13:20Z #3 bob: two\\nlines \\x1b[2J",
        "2023-11-14T22:13:20Z #3 bob: أهلا 👨‍👩‍👧",
    ]
    assert capsys.readouterr().err.splitlines() == [
        "hubbub tail: conversation 3: events 3 to 8 are left out",
        "hubbub tail: the session has ended: 4410 replaced",
    ]


async def test_tail_of_a_conversation_one_is_not_in_fails(
    autojump_clock: MockClock, at: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(3))
        await peer.lingers()

    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.tail(URL, "token", 9, io.StringIO()) == 1
    assert capsys.readouterr().err == "hubbub tail: not in conversation 9\n"


class BrokenOut(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


async def test_a_reader_that_goes_away_ends_tail_in_peace(at: Lead, capsys: pytest.CaptureFixture[str]) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(3))
        await peer.says(message(1))
        await peer.lingers()

    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.tail(URL, "token", None, BrokenOut()) == 0
    assert capsys.readouterr().err == ""


class InterruptingOut(io.StringIO):
    def flush(self) -> None:
        raise KeyboardInterrupt


async def test_ctrl_c_ends_tail_in_peace(at: Lead, capsys: pytest.CaptureFixture[str]) -> None:
    async def script(hub: FakeHub) -> None:
        peer = await hub.peer()
        await peer.welcomes(room(3))
        await peer.says(message(1))
        await peer.lingers()

    async with hub_playing(script) as hub:
        at(hub)
        assert await commands.tail(URL, "token", None, InterruptingOut()) == 130
    assert capsys.readouterr().err == ""
