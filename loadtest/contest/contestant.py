"""What takes part in a contest: how it is started, how one speaks with it, what it keeps."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from loadtest.errors import BenchError
from loadtest.listener import Listener
from loadtest.measuring import Place
from loadtest.server_process import ServerProcess
from loadtest.swarm import Swarm
from loadtest.tally import Tally


class PeerMissing(BenchError):
    """A peer cannot take part on this machine: the message says why."""


class Seat(NamedTuple):
    """One member of one room."""

    room: int
    member: int

    @property
    def name(self) -> str:
        """What the member is called."""
        return f"user-{self.room}-{self.member}"

    @property
    def room_name(self) -> str:
        """What the room is called."""
        return f"r{self.room}"


class Speaker(Listener):
    """A listener that speaks as well, in the one room it is in."""

    __slots__ = ()

    @abstractmethod
    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish `text` with the marker before it; `answers` hears of it under `ref`."""


class Contestant(ABC):
    """Passes on to all members of a room what one of them says, and acknowledges it to that one.

    `name` is what the command line calls it, `about` what it is, `stores` what is on disk before anybody hears of a
    message. `durable` tells whether that is every message, so that its rows can be counted.
    """

    name: str
    about: str
    stores: str
    durable: bool = True

    @abstractmethod
    def prepare(self, cache: Path) -> str:
        """Install what it needs below `cache`, unless that has been done, and return its versions.

        Raises PeerMissing.
        """

    @abstractmethod
    def server(self, sizes: Sequence[int], directory: Path, place: Place) -> ServerProcess:
        """Return the server, not yet started, for rooms of these sizes; all that it writes lies in `directory`."""

    @abstractmethod
    def speaker(self, server: ServerProcess, raw: socket.socket, seat: Seat, tally: Tally) -> Speaker:
        """Return the session of a member on a socket that is being connected to the address `server.ready.ws`."""

    def stored(self, server: ServerProcess, directory: Path) -> int | None:
        """Return how many messages are kept, after the load and with the server still up; None: that cannot be told."""
        return None

    def connect(self, server: ServerProcess, swarm: Swarm, seat: Seat, tally: Tally) -> Speaker:
        """Begin the session of a member; `ready` or `lost` of the speaker tells how it went."""
        host, port = address(server.ready.ws)
        return swarm.add(host, port, lambda raw: self.speaker(server, raw, seat, tally))


def address(url: str) -> tuple[str, int]:
    """Return host and port of an URL that has both."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80
