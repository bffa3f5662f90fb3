"""The front: every connection gets its door here."""

from collections.abc import Callable
from dataclasses import dataclass

import trio

from actors.session.bucket import Rate
from actors.session.door import Door
from actors.session.ports import Doorkeeper, Refs
from actors.switchboard import Outbox, Switchboard
from actors.ports import Gate
from protocol.codec import Codec


@dataclass(frozen=True, slots=True)
class Front:
    """What all doors share. `publish_rate` bounds what each session writes."""

    doorkeeper: Doorkeeper
    switchboard: Switchboard
    refs: Refs
    publish_rate: Rate
    monotonic: Callable[[], float] = trio.current_time

    def open(self, codec: Codec, outbox: Outbox, gate: Gate, address: str) -> Door:
        """The door for one connection whose handshake is done. `address` is the peer's, as text. Never blocks."""
        return Door(self, codec, outbox, gate, address)
