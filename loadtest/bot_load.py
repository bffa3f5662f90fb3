"""Bots that post over HTTP into a room where people listen: what a REST call costs, and when it is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from loadtest.client import Client
from loadtest.hub_process import HubProcess
from loadtest.rest import Poster, add_message
from loadtest.results import Aim, LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms

ROOM: Final = "room"
NO_RATE_LIMIT: Final[Mapping[str, str]] = MappingProxyType({"HUBBUB_AURORIALINK_RATE": "1000000"})


@dataclass(frozen=True, kw_only=True)
class BotLoad:
    """`rate_per_s` AuroriaLink posts a second in all, by `bots` in turn, heard by `members` over the native protocol.

    Of the result, a publish is a request: its processor time is that of the whole way to every member.
    """

    name: str
    bots: int
    members: int
    rate_per_s: float
    settings: Mapping[str, str] = field(default_factory=lambda: NO_RATE_LIMIT)
    aims: dict[str, Aim] = field(default_factory=dict)

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file: one room with people and bots."""
        users, bots = self._names("user", self.members), self._names("bot", self.bots)
        return {
            "users": [{"username": name} for name in users],
            "bots": [{"name": name} for name in bots],
            "conversations": [{"name": ROOM, "kind": "closed", "members": users, "bots": bots}],
        }

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in the listeners, warm up, measure, and wait for what is still under way."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            room = self._enter(hub, swarm)
            host, port = _address(hub.ready.http)
            bots = [hub.credentials["bots"][name]["key_access"] for name in self._names("bot", self.bots)]
            posters = [(key, swarm.add(host, port, lambda raw: Poster(raw, tally))) for key in bots]

            def say(number: int, due_ns: int) -> Room[Client]:
                key, poster = posters[number % len(posters)]
                poster.post(number + 1, add_message(f"{host}:{port}", key, due_ns, TEXT))
                return room

            return Run(self, Cast(hub, swarm, [room], tally, say)).measure(terms)

    def _enter(self, hub: HubProcess, swarm: Swarm) -> Room[Client]:
        users = hub.credentials["users"]
        clients = swarm.sign_in([users[name]["token"] for name in self._names("user", self.members)])
        return Room(hub.credentials["conversations"][ROOM]["id"], clients, Account())

    def _names(self, kind: str, count: int) -> list[str]:
        return [f"{kind}-{number}" for number in range(count)]


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80
