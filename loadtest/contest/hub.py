"""The hub, as one of the contestants."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from loadtest.client import Client
from loadtest.contest.contestant import Contestant, PeerMissing, Seat, Speaker, address
from loadtest.contest.installing import first_line
from loadtest.contest.rows import count_messages
from loadtest.hub_process import HubProcess
from loadtest.measuring import Place
from loadtest.server_process import ServerProcess
from loadtest.tally import Tally
from loadtest.wire import hello, publish, upgrade

NAME: Final = "hub"
# The peers grant everybody as much as they like.
UNLIMITED: Final[Mapping[str, str]] = MappingProxyType(
    {"HUBBUB_PUBLISH_RATE_PER_S": "1000000", "HUBBUB_PUBLISH_BURST": "1000000"}
)


class HubSpeaker(Client, Speaker):
    """A native session that speaks in one conversation."""

    __slots__ = ("_conv",)

    def __init__(self, connection: socket.socket, opening: bytes, token: str, conv: int, tally: Tally) -> None:
        super().__init__(connection, opening, hello(token), tally)
        self._conv = conv

    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish."""
        # The refs of each run begin anew, and what has been said under a cid before is not said again.
        self.send(publish(self._conv, ref, due_ns, text, cid=f"b{due_ns:x}"))


class Hub(Contestant):
    """The hub of the command line, with its default configuration but for the rate that it grants a session."""

    name = NAME
    about = "Hubbub"
    stores = "each, fsync"

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    def prepare(self, cache: Path) -> str:
        """Ask for its version; a hub that does not tell is measured as well."""
        try:
            return first_line(*self._command, "--version")
        except PeerMissing:
            return "unknown"

    def server(self, sizes: Sequence[int], directory: Path, place: Place) -> ServerProcess:
        """Return the hub, not yet started."""
        rooms = [[Seat(room, member) for member in range(size)] for room, size in enumerate(sizes)]
        provision = {
            "users": [{"username": seat.name} for room in rooms for seat in room],
            "conversations": [
                {"name": room[0].room_name, "kind": "closed", "members": [seat.name for seat in room]} for room in rooms
            ],
        }
        return HubProcess(directory, provision, settings=UNLIMITED, command=self._command, cores=place.cores)

    def speaker(self, server: ServerProcess, raw: socket.socket, seat: Seat, tally: Tally) -> Speaker:
        """Return the session of a member."""
        if not isinstance(server, HubProcess):
            raise TypeError("not a hub")
        token = server.credentials["users"][seat.name]["token"]
        conv = server.credentials["conversations"][seat.room_name]["id"]
        host, port = address(server.ready.ws)
        return HubSpeaker(raw, upgrade(host, port, urlsplit(server.ready.ws).path), token, conv, tally)

    def stored(self, server: ServerProcess, directory: Path) -> int | None:
        """Return how many messages its database has."""
        database = directory / "data" / "hubbub.db"
        return count_messages(database) if database.exists() else None
