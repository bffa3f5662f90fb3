"""Socket.IO 5 packets, over python-socketio's codec: what it raises, and what it lets through, is contained here.

Source: https://socket.io/docs/v4/socket-io-protocol/.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from socketio import packet as codec  # type: ignore[import-untyped]

from protocol.socketio.errors import Violation
from protocol.socketio.parcel import Parcel, of_message

ROOT: Final = "/"
MAX_ATTACHMENTS: Final = 100
MAX_ID_DIGITS: Final = 15

# What the codec raises for what is no packet: among others for placeholders that name no attachment.
_BROKEN: Final = (ValueError, TypeError, IndexError, RecursionError)


class Connect(NamedTuple):
    """The peer wants to join a namespace."""

    namespace: str
    auth: Any


class Disconnect(NamedTuple):
    """The peer leaves a namespace."""

    namespace: str


class Event(NamedTuple):
    """Something the peer says; with an `id` it wants it acknowledged. Attachments stand where they belong, as bytes."""

    namespace: str
    name: str
    args: list[Any]
    id: int | None


class Ack(NamedTuple):
    """The peer acknowledges an event."""

    namespace: str
    id: int
    args: list[Any]


AnyPacket = Connect | Disconnect | Event | Ack


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


class _StrictJson:
    """The codec's JSON without NaN and infinities, which no browser could read when the hub passes them on."""

    dumps = staticmethod(json.dumps)

    @staticmethod
    def loads(text: str) -> Any:
        return codec.Packet.json.loads(text, parse_constant=_refuse)


class _Packet(codec.Packet):  # type: ignore[misc]
    json = _StrictJson


class Assembler:
    """Puts packets and the attachments that follow them together; a packet and its attachments may have so many bytes.

    Raises Violation for what is no packet, and from then on is of no use.
    """

    __slots__ = ("_max_bytes", "_open", "_size")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._open: _Packet | None = None
        self._size = 0

    def take(self, message: str | bytes) -> AnyPacket | None:
        """Return the packet that the message completes; None while attachments are missing."""
        self._size += len(message)
        if self._size > self._max_bytes:
            raise Violation("a packet with its attachments is too large")
        if isinstance(message, bytes):
            return self._attach(message)
        if self._open is not None:
            raise Violation("attachments are missing")
        packet = _decoded(message)
        if packet.attachment_count:
            self._open = packet
            return None
        return self._complete(packet)

    def _attach(self, attachment: bytes) -> AnyPacket | None:
        if self._open is None:
            raise Violation("an attachment of nothing")
        try:
            complete = self._open.add_attachment(attachment)
        except _BROKEN as error:
            raise Violation("attachments that do not belong together") from error
        return self._complete(self._open) if complete else None

    def _complete(self, packet: _Packet) -> AnyPacket:
        self._open, self._size = None, 0
        return _typed(packet)


def event(name: str, *args: Any) -> Parcel:
    """Return an event for `/`. `args` are JSON, or bytes anywhere in it."""
    return _parcel(codec.Packet(codec.EVENT, [name, *args]))


def ack(id: int, args: list[Any]) -> Parcel:
    """Return what acknowledges the peer's event with this id."""
    return _parcel(codec.Packet(codec.ACK, args, id=id))


def connected(client_id: str) -> Parcel:
    """Return what tells the peer that it has joined `/`."""
    return _parcel(codec.Packet(codec.CONNECT, {"sid": client_id}))


def denied(namespace: str, message: str) -> Parcel:
    """Return what tells the peer that it has not joined a namespace."""
    return _parcel(codec.Packet(codec.CONNECT_ERROR, {"message": message}, namespace=namespace))


def dismissed() -> Parcel:
    """Return what tells the peer that it is put out of `/`: clients do not come back by themselves."""
    return _parcel(codec.Packet(codec.DISCONNECT))


def _parcel(packet: codec.Packet) -> Parcel:
    encoded = packet.encode()
    return of_message(*encoded) if isinstance(encoded, list) else of_message(encoded)


def _decoded(message: str) -> _Packet:
    try:
        packet = _Packet(encoded_packet=message)
    except _BROKEN as error:
        raise Violation("no Socket.IO packet") from error
    if packet.attachment_count > MAX_ATTACHMENTS:
        raise Violation("too many attachments")
    if packet.attachment_count and packet.packet_type not in (codec.BINARY_EVENT, codec.BINARY_ACK):
        raise Violation("attachments where there can be none")
    return packet


def _typed(packet: _Packet) -> AnyPacket:
    namespace = packet.namespace or ROOT
    match packet.packet_type:
        case codec.CONNECT:
            return Connect(namespace, packet.data)
        case codec.DISCONNECT:
            return Disconnect(namespace)
        case codec.EVENT | codec.BINARY_EVENT:
            return _event(namespace, packet)
        case codec.ACK | codec.BINARY_ACK if isinstance(packet.data, list) and packet.id is not None:
            return Ack(namespace, packet.id, packet.data)
    raise Violation("no packet that a client sends")


def _event(namespace: str, packet: _Packet) -> Event:
    match packet.data:
        case [str(name), *args]:
            return Event(namespace, name, args, _id(packet.id))
    raise Violation("an event without a name")


def _id(id: int | None) -> int | None:
    """Return the id, if it is one that a number of the peer can hold."""
    if id is not None and id >= 10**MAX_ID_DIGITS:
        raise Violation("an id too long")
    return id
