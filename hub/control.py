"""The way to a hub that runs on a data directory: a socket in it, for whoever may write there. A line each way.

The socket is the operator's alone (mode 600), so that nothing is asked of whoever can open it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import trio

log = logging.getLogger("hubbub.control")

SOCKET_FILE: Final = "control.sock"
MAX_LINE: Final = 65_536
ANSWER_S: Final = 10.0
STARTING_S: Final = 5.0
"""So long a hub is waited for that holds the directory and does not listen yet."""
RETRY_S: Final = 0.05
MAX_PATH: Final = 100
"""What every system takes as the path of a socket."""

Answer = Callable[[bytes], Awaitable[bytes]]


class Unreachable(Exception):
    """No hub listens in this directory, or it did not answer."""


async def serve(
    directory: Path, answer: Answer, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Answer lines until cancelled. `directory` is held by this process: what is left of an earlier hub is removed.

    A system on which such a socket cannot be had is logged, and costs the commands for a running hub only.
    """
    try:
        listener = _listen(directory)
    except OSError as error:
        log.warning("commands will find the hub only when it is stopped", extra={"reason": error.strerror})
        task_status.started()
        return

    async def serve_one(stream: trio.SocketStream) -> None:
        try:
            await _serve_one(stream, answer)
        except Exception:  # one command's, and no reason to end the hub
            log.exception("a command failed")

    try:
        task_status.started()
        await trio.serve_listeners(serve_one, [trio.SocketListener(listener)])
    finally:
        (directory / SOCKET_FILE).unlink(missing_ok=True)


async def ask(directory: Path, line: bytes) -> bytes:
    """Return the answer of the hub that runs on this directory. Raises `Unreachable`."""
    stream = await _reach(directory)
    answered: bytes | None = None
    with trio.move_on_after(ANSWER_S), contextlib.suppress(trio.BrokenResourceError):
        async with stream:
            await stream.send_all(line + b"\n")
            answered = await _line(stream)
    if answered is None:
        raise Unreachable
    return answered


async def _reach(directory: Path) -> trio.SocketStream:
    with trio.move_on_after(STARTING_S):
        while True:
            try:
                return await _connect(directory)
            except OSError:
                await trio.sleep(RETRY_S)
    raise Unreachable


async def _serve_one(stream: trio.SocketStream, answer: Answer) -> None:
    with trio.move_on_after(ANSWER_S), contextlib.suppress(trio.BrokenResourceError):
        async with stream:
            line = await _line(stream)
            if line is not None:
                await stream.send_all(await answer(line) + b"\n")


async def _line(stream: trio.SocketStream) -> bytes | None:
    """The first line; None when there is none of a bearable length."""
    read = b""
    async for piece in stream:
        read += piece
        line, end, _ = read.partition(b"\n")
        if len(line) > MAX_LINE:
            return None
        if end:
            return line
    return None


def _listen(directory: Path) -> trio.socket.SocketType:
    (directory / SOCKET_FILE).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _path(directory) as path, _privately():
            listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        return trio.socket.from_stdlib_socket(listener)
    except OSError:
        listener.close()
        raise


async def _connect(directory: Path) -> trio.SocketStream:
    with _path(directory) as path:
        return await trio.open_unix_socket(path)


@contextlib.contextmanager
def _privately() -> Iterator[None]:
    """What is made in here is its owner's only, from its first moment on."""
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _path(directory: Path) -> Iterator[str]:
    """A path of the socket that is short enough, however deep the directory is."""
    path = str(directory / SOCKET_FILE)
    if len(os.fsencode(path)) <= MAX_PATH:
        yield path
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET_FILE}"
    finally:
        os.close(handle)
