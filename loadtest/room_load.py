"""People who talk: fan-out, publish rate and latency differ only in their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from loadtest.hub_process import DEFAULTS, HubProcess
from loadtest.results import Aim, LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms
from loadtest.wire import publish


@dataclass(frozen=True, kw_only=True)
class RoomLoad:
    """`rate_per_s` publishes a second in all, over `rooms` rooms of `members` sessions, `senders` of which speak.

    With `others_only` the latency is that to the members that are not senders.
    """

    settings: ClassVar[Mapping[str, str]] = DEFAULTS
    name: str
    rooms: int
    members: int
    senders: int
    rate_per_s: float
    others_only: bool = False
    aims: dict[str, Aim] = field(default_factory=dict)

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file: the users and rooms of the load."""
        return {
            "users": [{"username": name} for room in range(self.rooms) for name in self._names(room)],
            "conversations": [
                {"name": f"room-{room}", "kind": "closed", "members": self._names(room)} for room in range(self.rooms)
            ],
        }

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, warm up, measure, and wait for what is still under way."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            rooms = self._enter(hub, swarm)

            def say(number: int, due_ns: int) -> Room:
                room = rooms[number % len(rooms)]
                client = room.clients[number // len(rooms) % self.senders]
                client.send(publish(room.conv, number + 1, due_ns, TEXT))
                return room

            return Run(self, Cast(hub, swarm, rooms, tally, say)).measure(terms)

    def _names(self, room: int) -> list[str]:
        return [f"user-{room}-{member}" for member in range(self.members)]

    def _enter(self, hub: HubProcess, swarm: Swarm) -> list[Room]:
        users, conversations = hub.credentials["users"], hub.credentials["conversations"]
        names = [name for room in range(self.rooms) for name in self._names(room)]
        clients = swarm.sign_in([users[name]["token"] for name in names])
        rooms = [
            Room(conversations[f"room-{room}"]["id"], clients[room * self.members :][: self.members], Account())
            for room in range(self.rooms)
        ]
        if self.others_only:
            for room in rooms:
                for client in room.clients[: self.senders]:
                    client.arrivals = Tally()
        return rooms
