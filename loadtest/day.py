"""A working day in minutes: people in big and small rooms talk, type, read, correct, react, come and go; bots post."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from loadtest.crowd import Crowd
from loadtest.deeds import SEED, Deeds
from loadtest.figures import DayFigures
from loadtest.hub_process import HubProcess
from loadtest.place import Place, faults
from loadtest.rest import Poster, add_message
from loadtest.results import LoadResult
from loadtest.room_load import zipf
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.scene import PATIENCE_S, Scene
from loadtest.specs import Mixed
from loadtest.staged import Staged, Table, provision, tables, tokens
from loadtest.swarm import Swarm
from loadtest.tally import Tally
from loadtest.terms import Terms
from protocol.backoff import LONGEST_S

SMALLEST: Final = 3


class Day(Staged[Mixed]):
    """The users are in several rooms each, as chance has it, the same in every run; each bot is in one."""

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file."""
        rooms = self._rooms()
        content = provision(rooms, dict.fromkeys(range(self.spec.rooms, len(rooms)), "direct"))
        content["bots"] = [{"name": name} for name in self._bots()]
        for number, name in enumerate(self._bots()):
            content["conversations"][number % self.spec.rooms].setdefault("bots", []).append(name)
        return content

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, warm up, measure, and wait until everybody has everything."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            crowd = Crowd(swarm, tally)
            seated = self._enter(hub, crowd)
            deeds = Deeds(seated, self._rates())
            scene = Working(crowd, seated, deeds, tally, terms.seconds)
            desk = Desk(hub, swarm, tally, self._bots(), seated[: self.spec.rooms])

            def say(number: int, due_ns: int) -> Room[Place]:
                if desk.posts and number % round(1 / self.spec.bot_share) == 0:
                    return desk.post(number, due_ns)
                round_, room = divmod(number, len(seated))
                return seated[room].say(round_ % len(seated[room].sessions), number + 1, due_ns, tally)

            rooms = [table.room for table in seated]
            result = Run(self, Cast(hub, swarm, rooms, tally, say, scene)).measure(terms)
            wrong = [*crowd.problems(), *deeds.problems(), *scene.problems()]
            problems = [*result.problems, *wrong, *faults(place for room in rooms for place in room.clients)]
            return replace(result, problems=problems, scene=self._figures(crowd, seated, deeds, desk))

    def _bots(self) -> list[str]:
        return [f"bot-{number}" for number in range(self.spec.bots)]

    def _rooms(self) -> list[list[str]]:
        """Return the members of the rooms, then those of the direct conversations, no two of which are alike."""
        chance = Random(SEED)  # noqa: S311 - the same rooms in every run
        names = [f"user-{number}" for number in range(self.spec.users)]
        sizes = zipf(self.spec.rooms, self.spec.members, self.spec.zipf, smallest=SMALLEST)
        pairs = [[names[at], names[at + 1]] for at in range(0, 2 * self.spec.direct, 2)]
        return [*(chance.sample(names, size) for size in sizes), *pairs]

    def _rates(self) -> dict[str, float]:
        spec = self.spec
        return {
            "typing": spec.typing_per_s,
            "reads": spec.reads_per_s,
            "edits": spec.edits_per_s,
            "reactions": spec.reactions_per_s,
            "reconnects": spec.reconnects_per_s,
        }

    def _enter(self, hub: HubProcess, crowd: Crowd) -> list[Table]:
        rooms = self._rooms()
        names = list(dict.fromkeys(name for room in rooms for name in room))
        return tables(hub, rooms, dict(zip(names, crowd.enter(tokens(hub, names)), strict=True)))

    def _figures(self, crowd: Crowd, seated: Sequence[Table], deeds: Deeds, desk: Desk) -> DayFigures:
        places = [place for table in seated for place in table.room.clients]
        return DayFigures(
            sessions=len(crowd.sessions),
            counts={**deeds.done, "bot posts": desk.posted},
            answers=deeds.answers(),
            gaps=sum(place.gaps for place in places),
            resets=sum(place.resets for place in places),
        )


class Desk:
    """Where the bots post from, in turns, each over a connection of its own to the room that it is in."""

    def __init__(
        self, hub: HubProcess, swarm: Swarm, tally: Tally, bots: Sequence[str], rooms: Sequence[Table]
    ) -> None:
        parts = urlsplit(hub.ready.http)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        self._host = f"{host}:{port}"
        self._keys = [hub.credentials["bots"][name]["key_access"] for name in bots]
        self._posters = [swarm.add(host, port, lambda raw: Poster(raw, tally)) for _ in bots]
        self._rooms = rooms
        self.posted = 0

    @property
    def posts(self) -> bool:
        """Whether there is a bot at all."""
        return bool(self._posters)

    def post(self, number: int, due_ns: int) -> Room[Place]:
        """Have the next bot post message `number`; return where."""
        bot = self.posted % len(self._posters)
        self.posted += 1
        self._posters[bot].post(number + 1, add_message(self._host, self._keys[bot], due_ns, TEXT))
        return self._rooms[bot % len(self._rooms)].room


class Working(Scene):
    """Does the deeds in the measured phase, and waits until all rooms look alike to all who are in them."""

    poll_s = 0.01
    patience_s = LONGEST_S + PATIENCE_S

    def __init__(self, crowd: Crowd, seated: Sequence[Table], deeds: Deeds, tally: Tally, seconds: float) -> None:
        self._crowd = crowd
        self._seated = seated
        self._deeds = deeds
        self._tally = tally
        self._seconds = seconds
        self._began = False

    def turn(self, now_ns: int) -> None:
        """Do what is due, and let those in again who left."""
        self._crowd.turn(now_ns)
        if not self._began and now_ns >= self._tally.measure_from_ns > 0:
            self._began = True
            self._deeds.begin(self._tally.measure_from_ns, self._seconds)
        self._deeds.turn(now_ns)

    def pending(self) -> int:
        """Return how many are out, how many deeds wait for an answer, and in how many places the end is missing."""
        return self._crowd.out() + self._deeds.unanswered + self._behind()

    def problems(self) -> list[str]:
        """Return in words who did not come to the end."""
        behind = self._behind()
        return [f"in {behind} places the last events never came"] if behind else []

    def _behind(self) -> int:
        return sum(
            sum(place.seq < head for place in table.room.clients)
            for table in self._seated
            for head in (max(place.seq for place in table.room.clients),)
        )
