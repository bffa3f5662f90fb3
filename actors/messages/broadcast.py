"""What the actor of a broadcast can be told. Its key is the broadcast's id."""

from msgspec import Struct

from actors.chatpion.values import Broadcast
from actors.messages.outcomes import Outcome


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to a broadcast."""


class Look(Message, frozen=True, kw_only=True):
    """Do what is due: begin, go on. No answer."""


class Pause(Message, frozen=True, kw_only=True):
    """Send nothing until it is resumed. Answer: `BroadcastSaved`, `Refused` (invalid)."""


class Resume(Message, frozen=True, kw_only=True):
    """Go on. Answer: `BroadcastSaved`, `Refused` (invalid)."""


class Cancel(Message, frozen=True, kw_only=True):
    """Send nothing further, ever. Answer: `BroadcastSaved`, `Refused` (invalid)."""


AnyBroadcastMessage = Look | Pause | Resume | Cancel


class BroadcastSaved(Outcome, frozen=True, kw_only=True):
    """A broadcast as it is on disk now."""

    broadcast: Broadcast
