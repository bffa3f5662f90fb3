"""People who talk: fan-out, publish rate and latency differ only in their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from loadtest.client import Client
from loadtest.crew import Crew, Part, enough, launch
from loadtest.hub_process import HubProcess
from loadtest.pacer import Seats
from loadtest.results import Aim, LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms
from loadtest.wire import publish

Seat: TypeAlias = tuple[int, int]
"""A room, and who of it."""


@dataclass(frozen=True, kw_only=True)
class RoomLoad:
    """`rate_per_s` publishes a second in all, over rooms of `sizes` sessions, `senders` of which speak in each.

    Every sender speaks equally often, so that a room with more of them hears more. With `others_only` the latency is
    that to the members that are not senders. `conversation` is the kind of the rooms. The load comes from so many
    `processes`; None: from as many as take it with ease.
    """

    name: str
    sizes: tuple[int, ...]
    senders: int
    rate_per_s: float
    conversation: str = "closed"
    others_only: bool = False
    processes: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    aims: dict[str, Aim] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """The sessions of the largest room."""
        return max(self.sizes)

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file: the users and rooms of the load."""
        return {
            "users": [{"username": _name(seat)} for seat in self._seats()],
            "conversations": [
                {
                    "name": f"room-{room}",
                    "kind": self.conversation,
                    "members": [_name((room, member)) for member in range(size)],
                }
                for room, size in enumerate(self.sizes)
            ],
        }

    @property
    def deliveries_per_s(self) -> float:
        """How often a message reaches a listener, in all rooms together."""
        rooms = [self.sizes[room] for room, _ in seats(self.sizes, self.senders)]
        return self.rate_per_s * sum(rooms) / len(rooms)

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, warm up, measure, and wait for what is still under way."""
        processes = self.processes or enough(self.deliveries_per_s, hub.cores)
        part = partial(self._take_part, hub, terms)
        return launch(processes, hub.cores, part, part)

    def _take_part(self, hub: HubProcess, terms: Terms, crew: Crew) -> LoadResult:
        tally = Tally()
        order = seats(self.sizes, self.senders)
        mine = [number for number, seat in enumerate(order) if crew.part.owns(sum(seat))]
        with Swarm(hub.ready.ws, tally) as swarm:
            rooms, sessions = self._enter(hub, swarm, crew.part)

            def say(number: int, due_ns: int) -> Room[Client]:
                seat = order[number % len(order)]
                room = rooms[seat[0]]
                sessions[seat].send(publish(room.conv, number + 1, due_ns, TEXT))
                return room

            cast = Cast(hub, swarm, rooms, tally, say, seats=Seats(mine, len(order)))
            return Run(self, cast, crew).measure(terms)

    def _seats(self) -> list[Seat]:
        return [(room, member) for room, size in enumerate(self.sizes) for member in range(size)]

    def _enter(self, hub: HubProcess, swarm: Swarm, part: Part) -> tuple[list[Room[Client]], dict[Seat, Client]]:
        """Sign in this part's sessions, some in every room; return all rooms, and the sessions by their seats."""
        users, conversations = hub.credentials["users"], hub.credentials["conversations"]
        mine = [seat for seat in self._seats() if part.owns(sum(seat))]
        clients = swarm.sign_in([users[_name(seat)]["token"] for seat in mine])
        sessions = dict(zip(mine, clients, strict=True))
        listening: list[list[Client]] = [[] for _ in self.sizes]
        for (room, member), client in sessions.items():
            listening[room].append(client)
            if self.others_only and member < self.senders:
                client.arrivals = Tally()
        ids = (conversations[f"room-{room}"]["id"] for room in range(len(self.sizes)))
        return [Room(conv, here, Account()) for conv, here in zip(ids, listening, strict=True)], sessions


def _name(seat: Seat) -> str:
    return f"user-{seat[0]}-{seat[1]}"


def seats(sizes: Sequence[int], senders: int) -> list[Seat]:
    """Return the seats of everybody who speaks, in an order that brings each room its turns evenly spaced."""
    speaking = [min(size, senders) for size in sizes]
    found = [(room, sender) for room, count in enumerate(speaking) for sender in range(count)]
    return sorted(found, key=lambda seat: ((seat[1] + 0.5) / speaking[seat[0]], seat[0]))


def zipf(rooms: int, largest: int, exponent: float, smallest: int = 2) -> tuple[int, ...]:
    """Return the sizes of rooms: the n-th has `largest / n ** exponent` members, and no fewer than `smallest`."""
    return tuple(max(smallest, round(largest / rank**exponent)) for rank in range(1, rooms + 1))
