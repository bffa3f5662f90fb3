"""What is sent to a webhook, and how it is signed. Pure.

Sources: the Cordless document for its payload, the Standard Webhooks specification for headers and events.
"""

import base64
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import Encoder

from actors.chatpion import signing
from actors.hypertext import shown
from actors.values import Call, Occasion, Receiver
from actors.webhook.plain import plain
from protocol.frames import Actor, ConversationKind, Message

_encode = Encoder().encode


class Body(Struct, frozen=True):
    html: str
    plain: str


class Sender(Struct, frozen=True):
    id: int
    name: str


class Room(Struct, frozen=True):
    id: int
    name: str
    path: str


class Said(Struct, frozen=True):
    id: int
    body: Body
    path: str


class CordlessLetter(Struct, frozen=True):
    """What a Cordless bot gets."""

    user: Sender
    room: Room
    message: Said


class Where(Struct, frozen=True):
    id: int
    kind: ConversationKind
    name: str


class Data(Struct, frozen=True):
    conversation: Where
    message: Message


class EventLetter(Struct, frozen=True, kw_only=True):
    """An event: `message` is the frame that native sessions get."""

    type: str = "message.created"
    timestamp: str
    data: Data


def cordless(occasion: Occasion, receiver: Receiver) -> bytes:
    """The payload of a Cordless webhook."""
    message = occasion.message
    names = [actor.name for actor in message.mentions or ()]
    # A bot whose key the hub does not know has to be given another one; an empty token is no one's key.
    key = receiver.bot_key or f"{receiver.bot.id}-"
    letter = CordlessLetter(
        user=_sender(message.sender),
        room=Room(message.conv, occasion.room_name, f"/rooms/{message.conv}/{key}/messages"),
        message=Said(
            id=message.id,
            body=Body(shown(message.body, message.html), plain(message.body, receiver.bot.name, names)),
            path=f"/rooms/{message.conv}/messages/{message.id}",
        ),
    )
    return _encode(letter)


def event(occasion: Occasion, receiver: Receiver) -> bytes:
    """The payload of a `message.created` event."""
    message = occasion.message
    at = datetime.fromtimestamp(message.at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    where = Where(message.conv, occasion.room_kind, occasion.room_name)
    return _encode(EventLetter(timestamp=at, data=Data(where, message)))


def headers(call: Call, body: bytes, secret: str | None, now_ms: int) -> dict[str, str]:
    """The headers of an attempt: the id stays from one attempt to the next, the time and the signature do not."""
    timestamp = str(now_ms // 1_000)
    fields = {"Content-Type": "application/json", "webhook-id": call.id, "webhook-timestamp": timestamp}
    if secret is not None:
        fields["webhook-signature"] = signature(secret, call.id, timestamp, body)
    return fields


def signature(secret: str, call_id: str, timestamp: str, body: bytes) -> str:
    """The signature as Standard Webhooks has it; `secret` is `whsec_` and base64, or ValueError is raised."""
    return signing.signature(base64.b64decode(secret.removeprefix(signing.PREFIX)), call_id, timestamp, body)


def _sender(actor: Actor) -> Sender:
    return Sender(actor.id, actor.name)
