"""What the loads with a scene have in common: rooms of sessions that stay, and who says what there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from loadtest.hub_process import HubProcess
from loadtest.place import Place
from loadtest.results import Aim
from loadtest.run import TEXT, Room
from loadtest.session import Session
from loadtest.tally import Account, Tally
from loadtest.wire import publish


class Paced(Protocol):
    """What every specification of these says."""

    @property
    def rate_per_s(self) -> float: ...
    @property
    def members(self) -> int: ...


S = TypeVar("S", bound=Paced)


@dataclass(frozen=True, kw_only=True)
class Staged(Generic[S]):
    """A load as its scenario file specifies it. `settings` are the hub's variables."""

    name: str
    spec: S
    settings: Mapping[str, str] = field(default_factory=dict)
    aims: dict[str, Aim] = field(default_factory=dict)

    @property
    def rate_per_s(self) -> float:
        """Messages a second, in all."""
        return self.spec.rate_per_s

    @property
    def members(self) -> int:
        """The sessions of the largest room."""
        return self.spec.members


class Table(NamedTuple):
    """A room with the sessions in it, in the order of its list of members."""

    sessions: Sequence[Session]
    room: Room[Place]

    def say(self, speaker: int, ref: int, due_ns: int, tally: Tally, text: str = TEXT) -> Room[Place]:
        """Have one of them say the message that is due; return where."""
        self.sessions[speaker].ask(ref, publish(self.room.conv, ref, due_ns, text), tally)
        return self.room


def provision(rooms: Sequence[Sequence[str]], kinds: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Return a provisioning file with these members in each room; `kinds` are those that are not closed."""
    users = dict.fromkeys(name for room in rooms for name in room)
    return {
        "users": [{"username": name} for name in users],
        "conversations": [
            {"name": room_name(number), "kind": (kinds or {}).get(number, "closed"), "members": list(members)}
            for number, members in enumerate(rooms)
        ],
    }


def room_name(number: int) -> str:
    """Return the name of a room in the provisioning file."""
    return f"room-{number}"


def tokens(hub: HubProcess, names: Sequence[str]) -> list[str]:
    """Return what these users sign in with."""
    return [hub.credentials["users"][name]["token"] for name in names]


def tables(hub: HubProcess, rooms: Sequence[Sequence[str]], sessions: Mapping[str, Session]) -> list[Table]:
    """Return the rooms with the sessions of their members, by name."""
    found = []
    for number, members in enumerate(rooms):
        conv = hub.credentials["conversations"][room_name(number)]["id"]
        seated = [sessions[name] for name in members]
        found.append(Table(seated, Room(conv, [session.places[conv] for session in seated], Account())))
    return found


def portions(names: Sequence[str], size: int) -> list[list[str]]:
    """Return rooms of `size`, the last perhaps smaller."""
    return [list(names[at : at + size]) for at in range(0, len(names), size)]
