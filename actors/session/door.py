"""The door of one connection: bytes come in here and go to whom they concern."""

from typing import TYPE_CHECKING

from actors.ports import Gate
from actors.switchboard import Outbox
from protocol.codec import Codec

if TYPE_CHECKING:
    from actors.session.front import Front


class Door:
    """One connection as the actors see it. `take`, `drained` and `closed` are called by the connection's reader.

    Calls of `take` must not overlap.
    """

    def __init__(self, front: "Front", codec: Codec, outbox: Outbox, gate: Gate, address: str) -> None: ...

    @property
    def signed_in(self) -> bool:
        """Whether `hello` was accepted: what the hello deadline looks at."""

    async def take(self, payload: bytes | str) -> None:
        """Handle one message of the client: bytes for a binary one, str for a text one.

        Raises `protocol.errors.Close` when the connection must end; what was answered before that is to be flushed.
        Only a sign-in takes long. Cancelling a sign-in leaves nothing behind but what `closed` puts away.
        """

    def drained(self, convs: list[int]) -> None:
        """The outbox has room again for what it refused of these conversations. Never blocks or raises."""

    def closed(self) -> None:
        """The connection is gone: forget the session everywhere. Never blocks or raises; a second call does nothing."""
