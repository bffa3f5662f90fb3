"""What a Socket.IO packet amounts to, by whether the peer has joined. There is one namespace to join, `/`."""

from __future__ import annotations

from typing import Any, NamedTuple

from protocol.socketio.errors import Violation
from protocol.socketio.packets import ROOT, Ack, AnyPacket, Connect, Disconnect, Event


class Join(NamedTuple):
    """Let the peer in, if what it says of itself is true."""

    auth: Any


class TurnAway(NamedTuple):
    """There is no such namespace."""

    namespace: str


class Leave(NamedTuple):
    """The peer has left."""


class Said(NamedTuple):
    """The peer says something; with an `id`, to be acknowledged."""

    name: str
    args: list[Any]
    id: int | None


Step = Join | TurnAway | Leave | Said


def step(packet: AnyPacket, *, joined: bool) -> Step | None:
    """Return what to do; None: nothing. Raises Violation for what only a peer that has joined may say."""
    match packet:
        case Connect(namespace, _) if namespace != ROOT:
            return TurnAway(namespace)
        case Connect(_, auth):
            return None if joined else Join(auth)
        case Disconnect(namespace):
            return Leave() if joined and namespace == ROOT else None
        case Event(namespace, name, args, id) if joined and namespace == ROOT:
            return Said(name, args, id)
        case Ack(namespace) if joined and namespace == ROOT:
            # The hub asks for no acknowledgements: whatever this one is for, nobody waits for it.
            return None
    raise Violation("nothing may be said in a namespace that was not joined")
