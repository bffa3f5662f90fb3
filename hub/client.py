"""`hubbub tail` and `hubbub send`: the client SDK at the command line.

Both return the exit status and write at most one line about a failure to standard error.
"""

import io
import os
import sys
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TextIO
from uuid import uuid4

import trio

from protocol.client import BadUrl, ClientError, Gap, Item, Left, Message, Reset, open_client

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
SEND_TIMEOUT_S: Final = 30.0
UNSHOWN: Final = frozenset({"Cc", "Zl", "Zp", "Cs"})
"""Unicode categories: control characters, line and paragraph separators, surrogates."""


async def send(url: str, token: str, conversation: int, text: str) -> int:
    """Publish `text`, or standard input if it is "-"; return 0 only if it is committed.

    A temporary refusal and a lost connection are met with patience, 30 s in all.
    """
    try:
        body = await _read_input() if text == "-" else text
        with trio.fail_after(SEND_TIMEOUT_S):
            async with open_client(url, token=token, device=_device("send")) as client:
                await client.publish(conversation, body)
    except ClientError as error:
        return _fail("send", error)
    except trio.TooSlowError:
        return _fail("send", f"no answer within {SEND_TIMEOUT_S:g} s: the message may be committed or not")
    except UnicodeError:
        return _fail("send", "the text is not valid UTF-8", USAGE)
    return DONE


async def tail(url: str, token: str, conversation: int | None, out: TextIO) -> int:
    """Write a line for each message that comes, of one conversation or of all, until interrupted.

    Lost connections are mended; what a long absence left out is told on standard error. A reader of `out` that goes
    away ends it with 0, Ctrl-C with 130.
    """
    status = DONE
    try:
        status = await _tail(url, token, conversation, out)
    except* BrokenPipeError:
        _silence(out)
    except* KeyboardInterrupt:
        status = INTERRUPTED
    return status


async def _tail(url: str, token: str, conversation: int | None, out: TextIO) -> int:
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    try:
        async with open_client(url, token=token, device=_device("tail")) as client:
            if conversation is not None and conversation not in {known.id for known in client.conversations}:
                return _fail("tail", f"not in conversation {conversation}")
            async for item in client:
                await _show(item, conversation, out)
    except ClientError as error:
        return _fail("tail", error)
    return DONE


async def _show(item: Item, conversation: int | None, out: TextIO) -> None:
    match item:
        case Message() if not item.deleted and conversation in (None, item.conv):
            # In a thread: a reader that pauses the pipe must not keep the client from answering the hub's pings.
            await trio.to_thread.run_sync(_write, out, _line(item), abandon_on_cancel=True)
        case Gap() if conversation in (None, item.conv):
            _say("tail", f"conversation {item.conv}: events {item.start} to {item.end} are left out")
        case Reset() if conversation in (None, item.conv):
            _say("tail", f"conversation {item.conv} was restored from a backup")
        case Left() if conversation in (None, item.conv):
            _say("tail", f"no longer in conversation {item.conv}")


def _line(message: Message) -> str:
    at = datetime.fromtimestamp(message.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{at} #{message.conv} {_plain(message.sender.name)}: {_plain(message.body)}\n"


def _plain(text: str) -> str:
    """One line, and no control sequence that would drive the terminal."""
    return "".join(repr(char)[1:-1] if unicodedata.category(char) in UNSHOWN else char for char in text)


def _write(out: TextIO, line: str) -> None:
    out.write(line)
    out.flush()


def _silence(out: TextIO) -> None:
    """Lead what is still buffered nowhere: the interpreter flushes at exit, and would complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)


async def _read_input() -> str:
    """Standard input without its last line end."""
    text: str = await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
    return text.removesuffix("\n")


def _device(command: str) -> str:
    """A name of its own: two commands at a time must not replace each other."""
    return f"{command}-{uuid4().hex[:8]}"


def _fail(command: str, error: ClientError | str, status: int = FAILED) -> int:
    _say(command, str(error))
    return USAGE if isinstance(error, BadUrl) else status


def _say(command: str, text: str) -> None:
    sys.stderr.write(f"hubbub {command}: {_plain(text)}\n")
