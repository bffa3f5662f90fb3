"""What the processes of a generator say to each other, over pipes: msgpack, one word a message."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import TypeAlias

import msgspec
from msgspec import Struct

from loadtest.readings import Reading
from loadtest.share import Share, Sums


class Ready(Struct, frozen=True, tag=True):
    """My sessions are signed in."""


class Tick(Struct, frozen=True, tag=True):
    """So much have I done by now."""

    reading: Reading


class Said(Struct, frozen=True, tag=True):
    """This is what I said in each room."""

    sums: Sums


class Failed(Struct, frozen=True, tag=True):
    """I can do no more."""

    reason: str


class Start(Struct, frozen=True, tag=True):
    """All are ready: the first message of all is due at `at_ns` of the clock that all share."""

    at_ns: int


class Expected(Struct, frozen=True, tag=True):
    """This is what all have said in each room: whoever listens there must get it."""

    sums: Sums


Report: TypeAlias = Ready | Tick | Said | Share | Failed
Order: TypeAlias = Start | Expected

_encode = msgspec.msgpack.Encoder().encode
_read_report = msgspec.msgpack.Decoder(Report).decode
_read_order = msgspec.msgpack.Decoder(Order).decode


def say(pipe: Connection, word: Report | Order) -> None:
    """Send a word, waiting until the pipe takes it. Raises OSError when nobody is there."""
    pipe.send_bytes(_encode(word))


def report(pipe: Connection) -> Report | None:
    """Return what a worker has said next, None if nothing. Raises EOFError or OSError when it is gone."""
    return _read_report(pipe.recv_bytes()) if pipe.poll() else None


def order(pipe: Connection) -> Order | None:
    """Return what the leader has said next, None if nothing. Raises EOFError or OSError when it is gone."""
    return _read_order(pipe.recv_bytes()) if pipe.poll() else None
