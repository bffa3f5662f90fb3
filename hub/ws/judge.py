"""wsproto's judgement of what is more than a whole message: control frames, fragments, violations. No I/O.

It is what trio-websocket goes by. Most connections never need one, and none needs it for long: see `hub.ws.intake`.
"""

from __future__ import annotations

from typing import NamedTuple

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage


class Closing(NamedTuple):
    """Nothing that comes counts any more. `answer` is the close frame that the peer's own is to get.

    A violation has none: the hub closes by itself, with `code`.
    """

    code: int
    reason: str
    answer: bytes


class Judge:
    """The protocol's state from some frame on. `messages` and `replies` (frames to send) are for the owner to take."""

    __slots__ = ("_connection", "_parts", "closing", "messages", "replies")

    def __init__(self) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        self._parts: list[bytes | str] = []
        self.messages: list[bytes | str] = []
        self.replies = b""
        self.closing: Closing | None = None

    @property
    def is_free(self) -> bool:
        """Whether it holds nothing that a later frame could depend on, if whole frames were all that it got."""
        return not self._parts and self.closing is None

    def hear(self, data: bytes) -> None:
        """Take the next bytes, up to a close or a violation."""
        if self.closing is None:
            self._connection.receive_data(data)
            self._hear_events()

    def _hear_events(self) -> None:
        for event in self._connection.events():
            self._hear(event)
            if self.closing is not None:
                return

    def _hear(self, event: Event) -> None:
        if isinstance(event, TextMessage | BytesMessage):
            self._collect(event)
        elif isinstance(event, Ping):
            self.replies += self._connection.send(event.response())
        elif isinstance(event, CloseConnection):
            has_closed = self._connection.state is ConnectionState.REMOTE_CLOSING
            answer = self._connection.send(event.response()) if has_closed else b""
            self.closing = Closing(int(event.code), event.reason or "", answer)

    def _collect(self, event: TextMessage | BytesMessage) -> None:
        self._parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
        if event.message_finished:
            parts, self._parts = self._parts, []
            self.messages.append(parts[0][:0].join(parts))  # type: ignore[arg-type]
