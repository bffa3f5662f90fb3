"""What stands behind a connection: the listener's view of `actors.session`."""

from __future__ import annotations

from typing import Protocol

from actors.ports import Gate
from actors.switchboard import Outbox
from protocol.codec import Codec


class Door(Protocol):
    """One connection's way in."""

    @property
    def signed_in(self) -> bool:
        """Whether `hello` was accepted: until then the connection has `hello_timeout_s` to live."""

    async def take(self, payload: bytes | str, /) -> None:
        """Handle one message: bytes of a binary one, str of a text one. Calls never overlap.

        Raises `protocol.errors.Close` to end the connection. Any other exception is a bug: it is logged and ends this
        connection with 1011. Cancelled when the connection is cut meanwhile.
        """

    def drained(self, convs: list[int], /) -> None:
        """The outbox has room again for these conversations, which `Outbox.wake_for` named. Never blocks."""

    def ponged(self, payload: bytes, /) -> None:
        """The client has answered a ping with this payload, which is not empty. Never blocks or raises."""

    def closed(self) -> None:
        """The connection is over: called exactly once, whatever ended it, with no `take` under way."""


class Front(Protocol):
    """Where connections are announced."""

    def open(self, codec: Codec, outbox: Outbox, gate: Gate, address: str, /) -> Door:
        """A peer at `address` (without port) completed its handshake and speaks `codec`."""
