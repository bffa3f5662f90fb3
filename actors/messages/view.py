"""What the keeper of a user's view can be told. Its key is the user's id."""

from msgspec import Struct

from actors.messages.outcomes import Outcome
from protocol.frames import Cursor


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to the keeper of a view."""


class Resume(Message, frozen=True, kw_only=True):
    """A connection begins that was made at `since`, ms since the epoch. Answer: `Resumed`, once that can be done again.

    The first one of the user misses nothing: its view begins with what is said from `since` on.
    """

    since: int


class Got(Message, frozen=True, kw_only=True):
    """A client of the user has received everything of these conversations up to these `seq`."""

    positions: dict[int, int]


class Ended(Message, frozen=True, kw_only=True):
    """A connection of the user has ended."""


AnyViewMessage = Resume | Got | Ended


class Resumed(Outcome, frozen=True, kw_only=True):
    """Where the view goes on, in each conversation that the user is in."""

    cursors: list[Cursor]
