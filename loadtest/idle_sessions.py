"""What a session costs that is signed in and says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from loadtest.hub_process import HubProcess
from loadtest.liveness import Liveness
from loadtest.results import Aim, IdleResult
from loadtest.run import IDLE_POLL_S
from loadtest.swarm import Swarm
from loadtest.tally import Tally
from loadtest.terms import Terms

ROOM_MEMBERS = 20
MOST_FIRST = 500
"""Of those that make the hub warm; so that a process with 20,000 file descriptors can hold 18,000 more."""
SPARE_CONNECTIONS = 100


@dataclass(frozen=True, kw_only=True)
class IdleSessions:
    """Signs in `first` sessions, so that what is paid once is paid, then `sessions` more, and weighs the difference.

    Every user is in one room of 20. Before each weighing the hub is left alone for `settle_s`.
    """

    name: str
    sessions: int
    first: int
    settle_s: float
    settings: Mapping[str, str] = field(default_factory=dict)
    aims: dict[str, Aim] = field(default_factory=dict)

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file."""
        names = self._names()
        rooms = [names[at : at + ROOM_MEMBERS] for at in range(0, len(names), ROOM_MEMBERS)]
        return {
            "users": [{"username": name} for name in names],
            "conversations": [
                {"name": _room(number), "kind": "closed", "members": members} for number, members in enumerate(rooms)
            ],
        }

    def run(self, hub: HubProcess, terms: Terms) -> IdleResult:
        """Measure; `terms.seconds` is how long the idle hub's processor use is watched, and then that it answers."""
        seconds = terms.seconds
        tokens = [hub.credentials["users"][name]["token"] for name in self._names()]
        with Swarm(hub.ready.ws, Tally()) as swarm:
            clients = swarm.sign_in(tokens[: self.first])
            _leave_alone(swarm, self.settle_s)
            light, began, cpu = hub.resident_bytes(), monotonic(), hub.cpu_seconds()
            swarm.sign_in(tokens[self.first :])
            took, cpu = monotonic() - began, hub.cpu_seconds() - cpu
            _leave_alone(swarm, self.settle_s)
            heavy = hub.resident_bytes()
            with terms.profile(hub.ready.pid, seconds):
                idle_cpu = hub.cpu_seconds()
                _leave_alone(swarm, seconds)
                idle_cpu = hub.cpu_seconds() - idle_cpu
            signs = Liveness(hub, swarm, clients[0], hub.credentials["conversations"][_room(0)]["id"]).watch(seconds)
            hub.check_alive()
            return IdleResult(
                name=self.name,
                sessions=self.sessions,
                base_bytes=light,
                bytes_per_session=(heavy - light) / self.sessions,
                sign_ins_per_s=self.sessions / took,
                hub_ms_per_sign_in=cpu / self.sessions * 1e3,
                hub_cpu_share=idle_cpu / seconds,
                acks=signs.acks,
                up=signs.up,
                problems=[*(f"connection lost: {reason}" for reason in sorted(set(swarm.lost()))), *signs.problems],
                aims=self.aims,
            )

    def _names(self) -> list[str]:
        return [f"user-{number}" for number in range(self.first + self.sessions)]


def room_for(sessions: int) -> dict[str, str]:
    """Return the settings of a hub that takes so many sessions from one address."""
    most = str(sessions + SPARE_CONNECTIONS)
    return {
        "HUBBUB_MAX_CONNECTIONS": most,
        "HUBBUB_MAX_CONNECTIONS_PER_ADDRESS": most,
        "HUBBUB_HTTP_CONNECTIONS": str(SPARE_CONNECTIONS),
    }


def _room(number: int) -> str:
    return f"room-{number}"


def _leave_alone(swarm: Swarm, seconds: float) -> None:
    """Let time pass, answering nothing but pings."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        swarm.pump(IDLE_POLL_S)
