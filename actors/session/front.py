"""The front: every connection gets its door here."""

from dataclasses import dataclass

from actors.ports import Gate
from actors.session.door import Door
from actors.session.entrance import DoorPorts
from actors.session.view_door import ViewDoor
from actors.switchboard import Outbox
from protocol.codec import Codec


@dataclass(frozen=True, slots=True)
class Front(DoorPorts):
    """One for the hub."""

    def open(self, codec: Codec, outbox: Outbox, gate: Gate, address: str) -> Door | ViewDoor:
        """The door for one connection whose handshake is done. `address` is the peer's, as text. Never blocks."""
        return (Door if codec.native else ViewDoor)(self, codec, outbox, gate, address)
