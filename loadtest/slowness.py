"""Some members stop reading for a while in a busy room, and the others must not notice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from loadtest.crowd import Crowd
from loadtest.figures import SlowFigures
from loadtest.hub_process import HubProcess
from loadtest.pacer import NS
from loadtest.place import Place, faults
from loadtest.results import LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.scene import PATIENCE_S, Scene
from loadtest.session import Link, Session
from loadtest.specs import SlowConsumers
from loadtest.staged import Staged, Table, provision, tables, tokens
from loadtest.swarm import Swarm
from loadtest.tally import Tally
from loadtest.terms import Terms
from protocol.backoff import LONGEST_S
from protocol.codes import CloseCode

WEIGH_NS = NS // 4


class Slowness(Staged[SlowConsumers]):
    """One room. The slow ones only listen; the latency is that to the others."""

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file."""
        return provision([self._names()])

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, warm up, measure with the stop in it, and wait until the slow ones have everything too."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            crowd = Crowd(swarm, tally)
            slow, table = self._enter(hub, crowd)
            fast = len(table.sessions) - len(slow)
            text = (TEXT * (self.spec.body_bytes // len(TEXT) + 1))[: self.spec.body_bytes]

            def say(number: int, due_ns: int) -> Room[Place]:
                return table.say(len(slow) + number % fast, number + 1, due_ns, tally, text)

            scene = Stopping(self.spec, hub, swarm, crowd, slow, tally)
            result = Run(self, Cast(hub, swarm, [table.room], tally, say, scene)).measure(terms)
            problems = [*result.problems, *crowd.problems(), *faults(table.room.clients)]
            return replace(result, problems=problems, scene=scene.figures(table.room.clients[: len(slow)]))

    def _names(self) -> list[str]:
        return [f"user-{number}" for number in range(self.spec.members)]

    def _enter(self, hub: HubProcess, crowd: Crowd) -> tuple[list[Session], Table]:
        """Return the slow ones, and the room in which they sit before the others."""
        names, count = self._names(), max(1, round(self.spec.members * self.spec.slow_share))
        slow = crowd.enter(tokens(hub, names[:count]), receive_bytes=self.spec.receive_bytes)
        for session in slow:
            session.arrivals = Tally()
        sessions = [*slow, *crowd.enter(tokens(hub, names[count:]))]
        (table,) = tables(hub, [names], dict(zip(names, sessions, strict=True)))
        return slow, table


class Stopping(Scene):
    """Leaves the sockets of the slow ones unread for a while, and weighs the hub meanwhile."""

    poll_s = 0.01
    patience_s = LONGEST_S + PATIENCE_S

    def __init__(
        self, spec: SlowConsumers, hub: HubProcess, swarm: Swarm, crowd: Crowd, slow: Sequence[Session], tally: Tally
    ) -> None:
        self._spec = spec
        self._hub = hub
        self._swarm = swarm
        self._crowd = crowd
        self._slow = slow
        self._tally = tally
        self._stopped: list[Link] = []
        self._began_ns = 0
        self._resumed_ns = 0
        self._caught_up_ns = 0
        self._weighed_ns = 0
        self._base_bytes = 0
        self._peak_bytes = 0
        self._head = 0

    def turn(self, now_ns: int) -> None:
        """Stop, weigh, go on reading, and look who has caught up."""
        self._crowd.turn(now_ns)
        if not self._began_ns:
            if now_ns >= self._tally.measure_from_ns + round(self._spec.stop_after_s * NS):
                self._stop(now_ns)
        elif not self._caught_up_ns:
            self._weigh(now_ns)
            if not self._resumed_ns:
                if now_ns >= self._began_ns + round(self._spec.stop_s * NS):
                    self._resume(now_ns)
            elif not self.pending():
                self._caught_up_ns = now_ns

    def pending(self) -> int:
        """Return how many slow ones are still behind where the room was when they began to read again."""
        if not self._resumed_ns:
            return len(self._slow)
        return sum(not self._has_caught_up(session) for session in self._slow)

    def figures(self, places: Sequence[Place]) -> SlowFigures:
        """Return what came of it; `places` are those of the slow ones."""
        left = sum((session.left for session in self._slow), Counter[str]())
        too_slow = f"closed with {CloseCode.TOO_SLOW.value}"
        return SlowFigures(
            sessions=len(self._slow),
            base_bytes=self._base_bytes,
            peak_bytes=self._peak_bytes,
            bytes_per_slow=max(0, self._peak_bytes - self._base_bytes) / len(self._slow),
            too_slow=sum(count for reason, count in left.items() if reason.startswith(too_slow)),
            cut=sum(count for reason, count in left.items() if not reason.startswith(too_slow)),
            gaps=sum(place.gaps for place in places),
            paged=sum(place.paged for place in places),
            caught_up_s=max(0, self._caught_up_ns - self._resumed_ns) / NS,
        )

    def _stop(self, now_ns: int) -> None:
        self._began_ns = now_ns
        self._base_bytes = self._peak_bytes = self._hub.quick_resident_bytes()
        self._stopped = [session.link for session in self._slow if session.link is not None]
        for link in self._stopped:
            self._swarm.pause(link)

    def _resume(self, now_ns: int) -> None:
        self._resumed_ns = now_ns
        self._head = max(place.seq for session in self._crowd.sessions for place in session.places.values())
        for link in self._stopped:
            self._swarm.resume(link)

    def _weigh(self, now_ns: int) -> None:
        if now_ns >= self._weighed_ns + WEIGH_NS:
            self._weighed_ns = now_ns
            self._peak_bytes = max(self._peak_bytes, self._hub.quick_resident_bytes())

    def _has_caught_up(self, session: Session) -> bool:
        return session.caught_up and all(place.seq >= self._head for place in session.places.values())
