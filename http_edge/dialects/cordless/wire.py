"""What Cordless' clients send and are answered, to the byte. Pure.

Statuses, `Location`, and the shapes of what Campfire's newer routes answer (basecamp/once-campfire,
`app/views/messages/_message.json.jbuilder` and `messages/boosts/_boost.json.jbuilder`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct
from quart import Response

from actors.hypertext import shown
from actors.times import iso
from actors.values import Put
from protocol.codes import MAX_EMOJI_CHARS, MAX_ID
from protocol.frames import Actor, Attachment, StoredMessage

MESSAGES: Final = "/rooms/<room>/<key>/messages"
MESSAGE: Final = "/rooms/<room>/<key>/messages/<message>"
BOOSTS: Final = "/rooms/<room>/<key>/messages/<message>/boosts"
BOOST: Final = "/rooms/<room>/<key>/messages/<message>/boosts/<boost>"

PAGE: Final = 40
ATTACHMENT: Final = "attachment"
JSON: Final = "application/json; charset=utf-8"

_NUMBER: Final = re.compile(r"[0-9]{1,16}", re.ASCII)


class User(Struct, frozen=True):
    """Who wrote or boosted. Users and bots are numbered apart: it takes `role` to tell a user 2 from a bot 2."""

    id: int
    name: str
    role: Literal["member", "bot"]


class Body(Struct, frozen=True):
    """A message's text, and the same as HTML."""

    plain_text: str
    html: str


class Room(Struct, frozen=True):
    """Where a message stands."""

    id: int


class MessageView(Struct, frozen=True):
    """A message. `url` and the files' need the `Authorization` of a native session."""

    id: int
    created_at: str
    body: Body
    creator: User
    room: Room
    url: str
    attachments: list[Attachment]


class Boosted(Struct, frozen=True):
    """The message that a boost is on."""

    id: int
    url: str


class BoostView(Struct, frozen=True):
    """A boost. Its `id` stays the same as long as it is there."""

    id: int
    content: str
    created_at: str
    booster: User
    message: Boosted


class Place(NamedTuple):
    """Where a page begins: the messages before, or after, this id; neither: the newest."""

    before: int | None = None
    after: int | None = None


def number(text: str) -> int | None:
    """The id that stands in a path or a query, None if it can be nobody's."""
    value = int(text) if _NUMBER.fullmatch(text) else 0
    return value if 0 < value <= MAX_ID else None


def place(args: Mapping[str, str]) -> Place | None:
    """The page that a query asks for; None: no message can have such an id. `before` beats `after`, a blank is none."""
    for name in ("before", "after"):
        text = args.get(name, "").strip()
        if text:
            found = number(text)
            return Place(**{name: found}) if found else None
    return Place()


def text_in(body: bytes) -> str:
    """The text of a body: always UTF-8, whatever the Content-Type says. What is none becomes U+FFFD; a BOM goes."""
    return body.decode("utf-8-sig", errors="replace")


def boost_in(body: bytes) -> str | None:
    """What a boost says, None if that is nothing or too much."""
    text = text_in(body).replace("\0", "").strip()
    return text if 0 < len(text) <= MAX_EMOJI_CHARS else None


def message_path(conv: int, message: int) -> str:
    """The path of a message, where its `Location` leads."""
    return f"/rooms/{conv}/messages/{message}"


def message_view(message: StoredMessage, base: str) -> MessageView:
    """A message as it is listed. `base` is the hub's own URL, without a slash at the end.

    The text of a message that is only a file is the file's name, as in Campfire.
    """
    files = message.attachments or []
    return MessageView(
        id=message.id,
        created_at=iso(message.at),
        body=Body(message.body or "".join(file.name for file in files[:1]), shown(message.body, message.html)),
        creator=_user(message.sender),
        room=Room(message.conv),
        url=base + message_path(message.conv, message.id),
        attachments=[msgspec.structs.replace(file, url=base + file.url) for file in files],
    )


def boost_view(boost: Put, booster: Actor, conv: int, message: int, base: str) -> BoostView:
    """A boost as its maker is told."""
    boosted = Boosted(message, base + message_path(conv, message))
    return BoostView(boost.seq, boost.emoji, iso(boost.at), _user(booster), boosted)


def next_link(base: str, conv: int, key: str, messages: list[StoredMessage], where: Place) -> str:
    """The value of `Link` that leads to the page after this one, which goes on in the same direction."""
    onwards = f"before={messages[0].id}" if where.after is None else f"after={messages[-1].id}"
    return f'<{base}/rooms/{conv}/{key}/messages?{onwards}>; rel="next"'


def created(location: str) -> Response:
    """Return the empty 201 with where the message is."""
    response = empty(HTTPStatus.CREATED)
    response.headers["Location"] = location
    return response


def json(value: Struct | list[MessageView], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a value."""
    response = Response(msgspec.json.encode(value), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def decline(status: int, retry_after: int | None) -> Response:
    """Return the empty answer to what is not done; 503 is not in the document: it means, the same again later."""
    response = empty(status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def empty(status: int) -> Response:
    """Return an empty response; failures have no other form."""
    response = Response(b"", status)
    del response.headers["Content-Type"]
    return response


def _user(actor: Actor) -> User:
    return User(actor.id, actor.name, "bot" if actor.kind == "bot" else "member")
