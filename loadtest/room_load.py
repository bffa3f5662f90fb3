"""People who talk: fan-out, publish rate and latency differ only in their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from loadtest.client import Client
from loadtest.hub_process import HubProcess
from loadtest.results import Aim, LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms
from loadtest.wire import publish


@dataclass(frozen=True, kw_only=True)
class RoomLoad:
    """`rate_per_s` publishes a second in all, over rooms of `sizes` sessions, `senders` of which speak in each.

    Every sender speaks equally often, so that a room with more of them hears more. With `others_only` the latency is
    that to the members that are not senders. `conversation` is the kind of the rooms.
    """

    name: str
    sizes: tuple[int, ...]
    senders: int
    rate_per_s: float
    conversation: str = "closed"
    others_only: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    aims: dict[str, Aim] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """The sessions of the largest room."""
        return max(self.sizes)

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file: the users and rooms of the load."""
        rooms = range(len(self.sizes))
        return {
            "users": [{"username": name} for room in rooms for name in self._names(room)],
            "conversations": [
                {"name": f"room-{room}", "kind": self.conversation, "members": self._names(room)} for room in rooms
            ],
        }

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, warm up, measure, and wait for what is still under way."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            rooms = self._enter(hub, swarm)
            turns = [(rooms[room], rooms[room].clients[sender]) for room, sender in seats(self.sizes, self.senders)]

            def say(number: int, due_ns: int) -> Room[Client]:
                room, client = turns[number % len(turns)]
                client.send(publish(room.conv, number + 1, due_ns, TEXT))
                return room

            return Run(self, Cast(hub, swarm, rooms, tally, say)).measure(terms)

    def _names(self, room: int) -> list[str]:
        return [f"user-{room}-{member}" for member in range(self.sizes[room])]

    def _enter(self, hub: HubProcess, swarm: Swarm) -> list[Room[Client]]:
        users, conversations = hub.credentials["users"], hub.credentials["conversations"]
        names = [name for room in range(len(self.sizes)) for name in self._names(room)]
        clients = iter(swarm.sign_in([users[name]["token"] for name in names]))
        rooms = [
            Room(conversations[f"room-{room}"]["id"], list(islice(clients, size)), Account())
            for room, size in enumerate(self.sizes)
        ]
        if self.others_only:
            for room in rooms:
                for client in room.clients[: self.senders]:
                    client.arrivals = Tally()
        return rooms


def seats(sizes: Sequence[int], senders: int) -> list[tuple[int, int]]:
    """Return `(room, sender)` of everybody who speaks, in an order that brings each room its turns evenly spaced."""
    speaking = [min(size, senders) for size in sizes]
    found = [(room, sender) for room, count in enumerate(speaking) for sender in range(count)]
    return sorted(found, key=lambda seat: ((seat[1] + 0.5) / speaking[seat[0]], seat[0]))


def zipf(rooms: int, largest: int, exponent: float, smallest: int = 2) -> tuple[int, ...]:
    """Return the sizes of rooms: the n-th has `largest / n ** exponent` members, and no fewer than `smallest`."""
    return tuple(max(smallest, round(largest / rank**exponent)) for rank in range(1, rooms + 1))
