"""Messages that call the webhooks of bots, and when the bots hear of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from loadtest.crowd import Crowd
from loadtest.errors import BenchError
from loadtest.figures import CallFigures
from loadtest.hub_process import HubProcess
from loadtest.place import Place, faults
from loadtest.results import LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.scene import Scene
from loadtest.session import Session
from loadtest.sink import Sink, differences, open_sink
from loadtest.specs import Webhooks
from loadtest.staged import Staged, Table, provision, tables, tokens
from loadtest.swarm import POLL_S, Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms
from loadtest.wire import request
from protocol.frames import UpdateBot

LOOPBACK: Final[Mapping[str, str]] = MappingProxyType({"HUBBUB_OUTBOUND_ALLOW": "127.0.0.1"})
OWNER: Final = "user-0-0"
TRIES: Final = 200


class Calling(Staged[Webhooks]):
    """As many rooms as bots, one in each; every message calls the bot of its room once.

    The first `direct` rooms are direct conversations of one person with the bot; in the others people mention it.
    """

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file. The addresses of the bots are not known yet."""
        rooms = self._rooms()
        content = provision(rooms, dict.fromkeys(range(self.spec.direct), "direct"))
        content["bots"] = [{"name": bot_name(number), "owner": OWNER} for number in range(len(rooms))]
        for number, conversation in enumerate(content["conversations"]):
            conversation["bots"] = [bot_name(number)]
        return content

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, tell the hub where to call, warm up, measure, and wait until all calls were made."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            sink = Sink(tally, replies=self.spec.replies)
            seated = self._enter(hub, swarm, open_sink(swarm, sink), tally)
            scene = Awaiting(sink, seated)

            def say(number: int, due_ns: int) -> Room[Place]:
                round_, room = divmod(number, len(seated))
                scene.expected[path(room)].add([due_ns])
                text = TEXT if room < self.spec.direct else f"@{bot_name(room)} {TEXT}"
                return seated[room].say(round_ % len(seated[room].sessions), number + 1, due_ns, tally, text)

            rooms = [table.room for table in seated]
            result = Run(self, Cast(hub, swarm, rooms, tally, say, scene)).measure(terms)
            problems = [*result.problems, *scene.problems(), *faults(place for room in rooms for place in room.clients)]
            return replace(result, problems=problems, scene=self._figures(sink, result))

    def _rooms(self) -> list[list[str]]:
        sizes = [1 if room < self.spec.direct else self.spec.members for room in range(self.spec.bots)]
        return [[f"user-{room}-{member}" for member in range(size)] for room, size in enumerate(sizes)]

    def _enter(self, hub: HubProcess, swarm: Swarm, url: str, tally: Tally) -> list[Table]:
        rooms = self._rooms()
        names = [name for room in rooms for name in room]
        sessions = dict(zip(names, Crowd(swarm, tally).enter(tokens(hub, names)), strict=True))
        self._set_addresses(hub, swarm, sessions[OWNER], url)
        return tables(hub, rooms, sessions)

    def _set_addresses(self, hub: HubProcess, swarm: Swarm, owner: Session, url: str) -> None:
        asked = Tally()
        for number in range(self.spec.bots):
            bot = hub.credentials["bots"][bot_name(number)]["id"]
            asked.sent(number + 1, 0, 0, Account())
            owner.ask(number + 1, request(self._address(number + 1, bot, url + path(number))), asked)
        for _ in range(TRIES):
            if not asked.unanswered:
                break
            swarm.pump(POLL_S)
        if asked.unanswered or asked.errors:
            raise BenchError(f"the bots got no addresses: {dict(asked.errors) or 'no answer'}")

    def _address(self, ref: int, bot: int, url: str) -> UpdateBot:
        if self.spec.calls == "events":
            return UpdateBot(ref=ref, bot=bot, events_url=url)
        return UpdateBot(ref=ref, bot=bot, webhook_url=url)

    def _figures(self, sink: Sink, result: LoadResult) -> CallFigures:
        latency = sink.latency.percentiles()
        return CallFigures(
            calls=sink.calls,
            calls_per_s=latency.count / result.seconds,
            latency=latency,
            hub_us_per_call=result.hub_cpu_share * result.seconds / max(1, latency.count) * 1e6,
            replies=sink.calls if sink.replies else 0,
        )


class Awaiting(Scene):
    """Waits until every message has called its bot, and every reply is heard by everybody."""

    def __init__(self, sink: Sink, seated: list[Table]) -> None:
        self.expected: defaultdict[str, Account] = defaultdict(Account)
        self._sink = sink
        self._seated = seated

    def pending(self) -> int:
        """Return how many calls, and replies to listeners, are still to come."""
        return sum(account.count for account in self.expected.values()) - self._sink.calls + self._unheard()

    def problems(self) -> list[str]:
        """Return in words what was not called once, or not heard."""
        wrong = differences(self.expected, self._sink.called)
        lines = {
            f"{wrong['paths']} bots were not called once for each message, {wrong['missing']} calls never came": wrong,
            f"{self._sink.repeated} calls came again under their id": self._sink.repeated,
            f"{self._sink.strange} requests to the sink were no calls": self._sink.strange,
            f"{self._unheard()} replies were not heard": self._unheard(),
        }
        return [line for line, so in lines.items() if so]

    def _unheard(self) -> int:
        """Return how far the listeners are from having heard a reply to each call of their room."""
        if not self._sink.replies:
            return 0
        return sum(
            abs(self._sink.called[path(number)].count - place.others)
            for number, table in enumerate(self._seated)
            for place in table.room.clients
        )


def bot_name(number: int) -> str:
    """Return the name of a room's bot."""
    return f"bot-{number}"


def path(number: int) -> str:
    """Return the path at the sink that a room's bot is called at."""
    return f"/bot-{number}"
