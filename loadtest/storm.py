"""The hub is killed under everybody, and everybody comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from time import monotonic_ns
from typing import Any, Final

from msgspec.structs import replace

from loadtest.crowd import Comeback, Crowd
from loadtest.figures import StormFigures
from loadtest.hub_process import HubProcess
from loadtest.pacer import NS
from loadtest.place import Place, faults
from loadtest.results import LoadResult
from loadtest.run import Cast, Room, Run
from loadtest.scene import PATIENCE_S, Scene
from loadtest.session import Session
from loadtest.specs import ReconnectStorm
from loadtest.staged import Staged, portions, provision, tables, tokens
from loadtest.swarm import Swarm
from loadtest.tally import Tally
from loadtest.terms import Terms
from protocol.backoff import LONGEST_S


class Storm(Staged[ReconnectStorm]):
    """Clients in rooms, one of whom speaks at a time; then the hub dies by SIGKILL and is started again at once.

    A message that is due meanwhile waits for its sender to be in again, and its latency counts from when it was due.
    """

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file."""
        return provision(self._rooms())

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Sign in, warm up, measure with the kill in it, and wait until everybody is back and has everything."""
        tally = Tally()
        with Swarm(hub.ready.ws, tally) as swarm:
            crowd = Crowd(swarm, tally, Comeback(self.spec.comeback))
            names = self._names()
            sessions = crowd.enter(tokens(hub, names))
            seated = tables(hub, self._rooms(), dict(zip(names, sessions, strict=True)))

            def say(number: int, due_ns: int) -> Room[Place]:
                round_, room = divmod(number, len(seated))
                return seated[room].say(round_ % len(seated[room].sessions), number + 1, due_ns, tally)

            rooms = [table.room for table in seated]
            scene = Killing(hub, crowd, tally, self.spec.kill_after_s)
            result = Run(self, Cast(hub, swarm, rooms, tally, say, scene)).measure(terms)
            places = [place for room in rooms for place in room.clients]
            problems = [*result.problems, *crowd.problems(), *faults(places)]
            # The hub's own figures began anew when it did.
            return replace(result, problems=problems, split=None, scene=scene.figures(places))

    def _names(self) -> list[str]:
        return [f"user-{number}" for number in range(self.spec.clients)]

    def _rooms(self) -> list[list[str]]:
        return portions(self._names(), self.spec.members)


LOOK_NS: Final = NS // 50


class Killing(Scene):
    """Kills the hub once, brings it back, and notes when who is in again."""

    poll_s = 0.01
    patience_s = LONGEST_S + PATIENCE_S
    """Nobody who backs off is away for longer."""

    def __init__(self, hub: HubProcess, crowd: Crowd, tally: Tally, after_s: float) -> None:
        self._hub = hub
        self._crowd = crowd
        self._tally = tally
        self._after_ns = round(after_s * NS)
        self._killed_ns = 0
        self._started_ns = 0
        self._looked_ns = 0
        self._out: list[Session] = []
        self._back_s: list[float] = []
        self._connections = 0
        self._left: Counter[str] = Counter()

    def turn(self, now_ns: int) -> None:
        """Kill, revive, and look who is back."""
        self._crowd.turn(now_ns)
        if not self._killed_ns:
            if now_ns >= self._tally.measure_from_ns + self._after_ns:
                self._kill()
        elif not self._started_ns:
            if self._hub.revive():
                self._started_ns = monotonic_ns()
                self._crowd.release()
        elif now_ns >= self._looked_ns + LOOK_NS:  # to look at thousands takes milliseconds
            self._looked_ns = now_ns
            self._look(now_ns)

    def pending(self) -> int:
        """Return how many must still come back."""
        return len(self._out) if self._killed_ns else 1

    def figures(self, places: Sequence[Place]) -> StormFigures:
        """Return what came of it."""
        return StormFigures(
            sessions=len(self._crowd.sessions),
            start_s=self._since_kill(self._started_ns),
            median_s=median(self._back_s or [0.0]),
            back_s=max(self._back_s, default=0.0),
            attempts=sum(session.connections for session in self._crowd.sessions) - self._connections,
            gaps=sum(place.gaps for place in places),
            resets=sum(place.resets for place in places),
            left=dict(sum((session.left for session in self._crowd.sessions), Counter()) - self._left),
        )

    def _kill(self) -> None:
        self._killed_ns = monotonic_ns()
        self._crowd.hold()
        self._hub.kill()
        self._out = list(self._crowd.sessions)
        self._connections = sum(session.connections for session in self._out)

    def _look(self, now_ns: int) -> None:
        out = [session for session in self._out if not session.caught_up]
        self._back_s += [self._since_kill(now_ns)] * (len(self._out) - len(out))
        self._out = out

    def _since_kill(self, at_ns: int) -> float:
        return max(0, at_ns - self._killed_ns) / NS
