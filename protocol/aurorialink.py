"""The subprotocol `aurorialink.v1.json`: new messages as AuroriaLink's clients know them, and a token to come in by.

It is a view. Of all that happens a client sees new messages, each as one text frame, and it says nothing but its token:
in the handshake's `x-ws-token` header, or in a first frame. What it does not show has no bytes.

Source: "What Clients Receive" of AuroriaLink's Bot API, docs/dialects/aurorialink.md, "The client view".
"""

import time
from typing import Annotated, Final, Literal, Never

import msgspec
from msgspec import Meta, Struct

from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.frames import AnyOutbound, Hello, Message

DATETIME: Final = "%Y-%m-%d %H:%M:%S"
"""UTC, without a zone, as the document shows it."""


class BotSaid(Struct, frozen=True):
    """`data` of a bot's message."""

    id: int
    rel_id_conversations: int
    sender_rel_bot_id: int
    message: str
    created_datetime: str


class UserSaid(Struct, frozen=True):
    """`data` of a user's message."""

    id: int
    rel_id_conversations: int
    sender_rel_user_id: int
    message: str
    created_datetime: str


class NewMessage(Struct, frozen=True):
    """The notification; `service` and `message` are the same for ever."""

    service: Literal["messenger"]
    message: Literal["new_message"]
    data: BotSaid | UserSaid


class TokenFrame(Struct, frozen=True):
    """What a client says first, unless its handshake's header did."""

    token: Annotated[str, Meta(min_length=1, max_length=512)]

    def __repr__(self) -> str:
        return "TokenFrame(…)"


class NothingElse:
    """What is no token frame is not looked at a second time."""

    def read(self, payload: object) -> Never:
        """Raise `Close` with 4400."""
        raise Close(CloseCode.MALFORMED, 'the first frame must be {"token": "…"}')


def new_message(message: Message) -> NewMessage:
    """The message as the view shows it."""
    said = BotSaid if message.sender.kind == "bot" else UserSaid
    at = time.strftime(DATETIME, time.gmtime(message.at // 1_000))
    return NewMessage("messenger", "new_message", said(message.id, message.conv, message.sender.id, message.body, at))


def encode(frame: AnyOutbound) -> bytes:
    """The payload of a message that is there; nothing for all else."""
    if not isinstance(frame, Message) or frame.deleted:
        return b""
    return _encode(new_message(frame))


def decode(payload: str) -> Hello:
    """The token frame as a `hello`; all have the same `device`. Raises `msgspec.MsgspecError`."""
    return Hello(ref=0, device="aurorialink", token=_decode(payload).token)


def token_frame(token: str) -> str:
    """The frame that says the same as the header."""
    return _encode(TokenFrame(token)).decode()


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(TokenFrame).decode

AURORIALINK: Final = Codec(
    "aurorialink.v1.json", binary=False, encode=encode, decode=decode, second_look=NothingElse(), native=False
)
