"""Bots that post over HTTP into a room where people listen: what a REST call costs, and when it is heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from loadtest.asks_bots import AsksBots
from loadtest.client import Client
from loadtest.crew import Crew, Part, enough, launch
from loadtest.hub_process import HubProcess
from loadtest.pacer import Pacer, Seats
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

    Of the result, a publish is a request: its processor time is that of the whole way to every member. `client` is what
    they post with: this program's own on raw sockets, or `asks`, for which one process listens and the others post.
    """

    name: str
    bots: int
    members: int
    rate_per_s: float
    client: Literal["raw", "asks"] = "raw"
    processes: int | None = None
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
        if self.client == "asks":
            listen, post = partial(self._listen, hub, terms), partial(self._post_with_asks, hub, terms)
            return launch(self.processes or 2, hub.cores, listen, post)
        part = partial(self._take_part, hub, terms)
        return launch(self.processes or enough(self.rate_per_s * self.members, hub.cores), hub.cores, part, part)

    def _take_part(self, hub: HubProcess, terms: Terms, crew: Crew) -> LoadResult:
        tally, keys = Tally(), self._keys(hub, crew.part)
        host, port = _address(hub.ready.http)
        with Swarm(hub.ready.ws, tally) as swarm:
            room = self._enter(hub, swarm, crew.part)
            posters = {number: swarm.add(host, port, lambda raw: Poster(raw, tally)) for number in keys}

            def say(number: int, due_ns: int) -> Room[Client]:
                bot = number % self.bots
                posters[bot].post(number + 1, add_message(f"{host}:{port}", keys[bot], due_ns, TEXT))
                return room

            return Run(self, Cast(hub, swarm, [room], tally, say, seats=self._seats(keys)), crew).measure(terms)

    def _listen(self, hub: HubProcess, terms: Terms, crew: Crew) -> LoadResult:
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            room = self._enter(hub, swarm, Part(0, 1))
            cast = Cast(hub, swarm, [room], tally, lambda number, due_ns: room, seats=self._seats(()))
            return Run(self, cast, crew).measure(terms)

    def _post_with_asks(self, hub: HubProcess, terms: Terms, crew: Crew) -> None:
        keys = self._keys(hub, Part(crew.part.number - 1, crew.part.of - 1))
        pacer = partial(Pacer, self.rate_per_s, terms.warm_up_s + terms.seconds, seats=self._seats(keys))
        AsksBots(hub.ready.http, keys, self.bots).take_part(crew, pacer, terms.warm_up_s)

    def _enter(self, hub: HubProcess, swarm: Swarm, part: Part) -> Room[Client]:
        users = hub.credentials["users"]
        names = [name for number, name in enumerate(self._names("user", self.members)) if part.owns(number)]
        clients = swarm.sign_in([users[name]["token"] for name in names])
        return Room(hub.credentials["conversations"][ROOM]["id"], clients, Account())

    def _keys(self, hub: HubProcess, part: Part) -> dict[int, str]:
        """Return the keys of the bots of a part, by their numbers."""
        bots = hub.credentials["bots"]
        names = enumerate(self._names("bot", self.bots))
        return {number: bots[name]["key_access"] for number, name in names if part.owns(number)}

    def _seats(self, bots: Iterable[int]) -> Seats:
        return Seats(tuple(bots), self.bots)

    def _names(self, kind: str, count: int) -> list[str]:
        return [f"{kind}-{number}" for number in range(count)]


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80
