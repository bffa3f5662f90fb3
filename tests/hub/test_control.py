"""The way to a hub that runs: a line each way, for whoever may write into its directory."""

from pathlib import Path

import pytest
import trio

from hub import control
from hub.control import SOCKET_FILE, Unreachable, ask, serve


async def shout(line: bytes) -> bytes:
    return line.upper()


@pytest.mark.parametrize("depth", [0, 12], ids=["short", "deeper than a socket's path may be"])
async def test_a_line_is_answered(tmp_path: Path, nursery: trio.Nursery, depth: int) -> None:
    directory = tmp_path.joinpath(*["a directory"] * depth)
    directory.mkdir(parents=True, exist_ok=True)
    await nursery.start(serve, directory, shout)
    assert await ask(directory, b"hello") == b"HELLO"
    assert (directory / SOCKET_FILE).stat().st_mode & 0o777 == 0o600


async def test_what_an_earlier_hub_left_is_in_nobodys_way(tmp_path: Path, nursery: trio.Nursery) -> None:
    (tmp_path / SOCKET_FILE).write_text("")
    await nursery.start(serve, tmp_path, shout)
    assert await ask(tmp_path, b"hello") == b"HELLO"
    nursery.cancel_scope.cancel()
    await trio.lowlevel.checkpoint_if_cancelled()


async def test_a_hub_that_does_not_listen_yet_is_waited_for(tmp_path: Path, nursery: trio.Nursery) -> None:
    async def later() -> None:
        await trio.sleep(0.1)
        await nursery.start(serve, tmp_path, shout)

    nursery.start_soon(later)
    assert await ask(tmp_path, b"hello") == b"HELLO"


async def test_where_no_hub_listens_nobody_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "STARTING_S", 0.1)
    with pytest.raises(Unreachable):
        await ask(tmp_path, b"hello")


async def test_a_hub_that_fails_over_a_line_answers_the_next(
    tmp_path: Path, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail_once(line: bytes) -> bytes:
        if line == b"bad":
            raise RuntimeError("injected")
        return line

    await nursery.start(serve, tmp_path, fail_once)
    with pytest.raises(Unreachable):
        await ask(tmp_path, b"bad")
    assert [record.message for record in caplog.records] == ["a command failed"]
    assert await ask(tmp_path, b"good") == b"good"


async def test_a_line_without_end_is_not_kept(tmp_path: Path, nursery: trio.Nursery) -> None:
    await nursery.start(serve, tmp_path, shout)
    with pytest.raises(Unreachable):
        await ask(tmp_path, b"x" * (control.MAX_LINE + 1))
    assert await ask(tmp_path, b"hello") == b"HELLO"
