"""Frames to bytes and back, in both native subprotocols: typed, bounded, in one pass.

A request is validated while it is decoded, by msgspec; what does not pass is looked at a second time to say what is
wrong with it (`protocol.second_look`). Nothing that a peer sends raises anything but `Refused` or `Close`.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from protocol import websocket
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.frames import AnyOutbound, AnyRequest
from protocol.second_look import SecondLook, json_decode, json_parts, msgpack_decode, msgpack_parts
from protocol.websocket import Opcode

Encode = Callable[[AnyOutbound], bytes]
Decode = Callable[[Any], AnyRequest]


class Reader(Protocol):
    """Reads once more what could not be decoded."""

    def read(self, payload: Any) -> AnyRequest:
        """The request after all; or raises `Refused` or `Close`."""


class Codec:
    """One subprotocol. Stateless: one instance serves all connections.

    `encode` gives the payload of a frame, `piece` the whole WebSocket frame. One that is not `native` is a view: it
    shows some frames only, the others have no bytes; and its clients can neither page nor name cursors.
    """

    __slots__ = ("_decode", "_opcode", "_second_look", "binary", "encode", "native", "subprotocol")

    def __init__(
        self,
        subprotocol: str,
        *,
        binary: bool,
        encode: Encode,
        decode: Decode,
        second_look: Reader,
        native: bool = True,
    ) -> None:
        self.subprotocol: Final = subprotocol
        self.binary: Final = binary
        self.native: Final = native
        self.encode: Final = encode
        self._opcode = Opcode.BINARY if binary else Opcode.TEXT
        self._decode = decode
        self._second_look = second_look

    def __repr__(self) -> str:
        return f"<Codec {self.subprotocol}>"

    def piece(self, frame: AnyOutbound) -> bytes:
        """Return `frame` as one unmasked WebSocket frame, ready for all sockets; nothing if a view does not show it."""
        payload = self.encode(frame)
        return websocket.frame(self._opcode, payload) if payload else b""

    def decode(self, payload: bytes | str) -> AnyRequest:
        """Return the request in one WebSocket message.

        Raises `Refused` when the frame is a map but no valid request, and `Close` when it is no map (4400) or a
        message of the other kind (1003). Unknown keys are ignored; of a key that comes twice the last value counts.
        """
        if isinstance(payload, str) is self.binary:
            raise Close(CloseCode.WRONG_FRAME_KIND, f"{self.subprotocol} is {'binary' if self.binary else 'text'}")
        try:
            return self._decode(payload)
        except (ValueError, RecursionError):
            # Not only msgspec's own errors: bad UTF-8 is a UnicodeDecodeError.
            return self._second_look.read(payload)


MSGPACK: Final = Codec(
    "hubbub.v1.msgpack",
    binary=True,
    encode=msgspec.msgpack.Encoder().encode,
    decode=msgspec.msgpack.Decoder(AnyRequest).decode,
    second_look=SecondLook(msgpack_parts, msgpack_decode),
)
JSON: Final = Codec(
    "hubbub.v1.json",
    binary=False,
    encode=msgspec.json.Encoder().encode,
    decode=msgspec.json.Decoder(AnyRequest).decode,
    second_look=SecondLook(json_parts, json_decode),
)
CODECS: Final = {codec.subprotocol: codec for codec in (MSGPACK, JSON)}
