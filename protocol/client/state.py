"""A client's session without I/O: what a frame means, and what is kept when a connection is lost.

The shell feeds every frame of the hub to `receive` and acts on what that returns; items for the program wait in the
buffer. One state lives as long as the program's session, over any number of connections.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.client.buffer import Buffer, Overflow
from protocol.client.errors import EventsOverflowed, RequestRefused
from protocol.client.items import (
    Actor,
    Command,
    Conversation,
    Cursor,
    Gap,
    Item,
    Left,
    LogEvent,
    Mark,
    Reset,
    Synced,
)
from protocol.client.positions import Positions
from protocol.client.wire import Fields, read_actor, read_conversation, read_item
from protocol.codes import MAX_INBOUND_BYTES


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The hub has let the session in."""

    heartbeat_s: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The request `ref` is settled: with the fields of its `ok`, or refused; `ref` is None if the hub has read none."""

    ref: int | None
    outcome: Mapping[str, Any] | RequestRefused


@dataclass(frozen=True, slots=True)
class Away:
    """The hub goes down and asks to come back after this time."""

    retry_s: float


Effect = Welcomed | Answered | Away | None


class ClientState:
    """What a session knows. `me`, `conversations` and `session` are those of the last welcome."""

    __slots__ = (
        "_limit",
        "_overflow",
        "_positions",
        "buffer",
        "conversations",
        "me",
        "message_bytes",
        "role",
        "session",
        "synced",
    )

    def __init__(self, cursors: Iterable[Cursor], *, limit: int, overflow: Overflow) -> None:
        self._limit = limit
        self._overflow = overflow
        self._positions = Positions(cursors)
        self.buffer = Buffer(limit)
        self.session: str | None = None
        self.me: Actor | None = None
        self.role = ""
        self.conversations: tuple[Conversation, ...] = ()
        self.message_bytes = MAX_INBOUND_BYTES
        self.synced = False

    # Towards the hub

    def hello(self, ref: int, device: str, credentials: Mapping[str, Any]) -> dict[str, Any]:
        """Return the first frame of a connection; what follows belongs to that one."""
        self.synced = False
        cursors = [[cursor.conv, cursor.epoch, cursor.seq] for cursor in self._positions.received()]
        return {"t": "hello", "ref": ref, "device": device, "cursors": cursors, **credentials}

    def asks_epochs(self) -> bool:
        """Whether the program came into a conversation: then its epoch is to be found in a list of conversations.

        True once for each time: without an answer, the next connection begins with a `Gap` there.
        """
        return self._positions.asks_epochs()

    @property
    def wants_reconnect(self) -> bool:
        """Whether items were left out for want of room, and there is room again."""
        return self.buffer.behind and self.buffer.half_free

    # Towards the program

    def take(self) -> Item:
        """Hand out the next item; the buffer must not be empty."""
        item = self.buffer.take()
        self._positions.take(item)
        return item

    def cursors(self) -> list[Cursor]:
        """How far the program has come."""
        return self._positions.taken()

    # From the hub

    def receive(self, frame: Fields) -> Effect:
        """Take one frame. Raises `HubFault` and, if that is the policy, `EventsOverflowed`."""
        match frame.text("t"):
            case "welcome":
                return self._welcome(frame)
            case "ok":
                return self._ok(frame)
            case "error":
                return Answered(frame.maybe_number("ref"), _refusal(frame))
            case "goaway":
                return Away(frame.number("retry_ms") / 1000)
        item = read_item(frame)
        if item is not None:
            self._sort(item)
        return None

    def _welcome(self, frame: Fields) -> Effect:
        me = frame.inner("self")
        self.me, self.role = read_actor(me), me.text("role")
        first, self.session = self.session is None, frame.text("session")
        self.conversations = tuple(read_conversation(each) for each in frame.each("conversations"))
        self.message_bytes = frame.inner("limits").maybe_number("message_bytes") or MAX_INBOUND_BYTES
        self.buffer.behind = False
        for mark in self._positions.welcome(self.me, self.conversations, first=first):
            # Even into a full buffer: there are no more of them than conversations, and nobody would say it again.
            self.buffer.add(mark)
        return Welcomed(frame.number("heartbeat_ms") / 1000)

    def _ok(self, frame: Fields) -> Effect:
        listed = frame.maybe_each("conversations")
        made = (frame.inner("conversation"),) if frame.map.get("conversation") is not None else ()
        for conversation in (*listed, *made):
            self._positions.learn(conversation.number("id"), conversation.number("epoch"))
        return Answered(frame.number("ref"), frame.map)

    def _sort(self, item: Item) -> None:
        match item:
            case LogEvent():
                self._log_event(item)
            case Gap() | Reset() | Left() | Synced():
                self._mark(item)
            case Command():
                # One that does not fit is not lost: the reconnect that follows gives it back to the hub.
                if self._admits():
                    self.buffer.add(item)
            case _:
                self.buffer.offer(item)

    def _log_event(self, event: LogEvent) -> None:
        if not self._admits():
            self._positions.skip(event)
        elif self._positions.event(event):
            self.buffer.add(event)

    def _mark(self, mark: Mark | Synced) -> None:
        if not self._admits():
            return
        match mark:
            case Gap():
                self._positions.gap(mark)
            case Reset():
                self._positions.reset(mark)
            case Left():
                self._positions.left(mark.conv)
            case Synced():
                self.synced = True
        self.buffer.add(mark)

    def _admits(self) -> bool:
        admits = self.buffer.admits()
        if not admits and self._overflow is Overflow.FAIL:
            raise EventsOverflowed(self._limit)
        return admits


def _refusal(frame: Fields) -> RequestRefused:
    return RequestRefused(
        frame.text("code"),
        frame.text("message"),
        field=frame.maybe_text("field"),
        retry_ms=frame.maybe_number("retry_ms"),
    )
