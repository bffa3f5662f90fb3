"""What the presence actor can be told. It is one per hub, with the key "hub"."""

from msgspec import Struct

from protocol.frames import Actor


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to the presence actor."""


class Arrived(Message, frozen=True, kw_only=True):
    """A session is synced and in these conversations, of those small enough to show presence."""

    session: str
    actor: Actor
    convs: list[int]


class Entered(Message, frozen=True, kw_only=True):
    """A session is in one more conversation."""

    session: str
    conv: int


class Exited(Message, frozen=True, kw_only=True):
    """A session is no longer in the conversation."""

    session: str
    conv: int


class Departed(Message, frozen=True, kw_only=True):
    """A session ended; `convs` are those of its small conversations that it was still in."""

    session: str
    convs: list[int]


AnyPresenceMessage = Arrived | Entered | Exited | Departed
