"""What a session can be told. Its key is the session's id."""

from msgspec import Struct

from protocol.codes import CloseCode
from protocol.frames import AnyRequest


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to a session."""


class Frame(Message, frozen=True, kw_only=True):
    """The client sent this; the session answers on its own outbox."""

    frame: AnyRequest


class CaughtUp(Message, frozen=True, kw_only=True):
    """The session is live in the conversation: what it had missed is in its outbox."""

    conv: int


class Admitted(Message, frozen=True, kw_only=True):
    """The session's user or bot was let into the conversation by event `seq`."""

    conv: int
    epoch: int
    seq: int


class Drained(Message, frozen=True, kw_only=True):
    """The outbox has room again for these conversations, which it had refused."""

    convs: list[int]


class Placed(Message, frozen=True, kw_only=True):
    """The conversation, of `size` members, holds a place for the session, as `Subscribe` asked for outside `hello`."""

    conv: int
    size: int


class Unplaced(Message, frozen=True, kw_only=True):
    """The conversation holds no place for the session: its user or bot is not in it."""

    conv: int


class Setback(Message, frozen=True, kw_only=True):
    """The conversation could not do what the session asked of it: ask again in a moment."""

    conv: int


class Close(Message, frozen=True, kw_only=True):
    """End the session with this close code."""

    code: CloseCode
    reason: str


AnySessionMessage = Frame | CaughtUp | Admitted | Placed | Unplaced | Setback | Drained | Close
