"""Bytes to maps and maps to items, with the `msgpack` package and checks by hand.

Unknown keys are ignored, as the protocol asks of both sides. A missing key or a wrong type is the hub's fault.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgpack

from protocol.client import items
from protocol.client.errors import BadFrame
from protocol.client.items import Actor, Attachment, Conversation, Item, Message, Page, Published, Reaction

SUBPROTOCOL: Final = "hubbub.v1.msgpack"


def pack(frame: Mapping[str, Any]) -> bytes:
    """Return the payload of one WebSocket message. Raises TypeError or ValueError for what msgpack has no form for."""
    packed: bytes = msgpack.packb(frame)
    return packed


def unpack(payload: bytes | str) -> "Fields":
    """Read one WebSocket message of the hub."""
    if isinstance(payload, str):
        raise BadFrame("a text message on a binary subprotocol")
    try:
        frame = msgpack.unpackb(payload)
    except (ValueError, msgpack.UnpackException, RecursionError) as error:
        raise BadFrame("a message that is not msgpack") from error
    return Fields(frame)


class Fields:
    """The keys of one map; each reader raises `BadFrame` for what is not as the protocol says."""

    __slots__ = ("map",)

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise BadFrame(f"a map was due, {type(value).__name__} came")
        self.map: Final[dict[str, Any]] = value

    def number(self, key: str) -> int:
        """An integer; True and False are none."""
        value = self.map.get(key)
        if type(value) is not int:
            raise self._bad(key, "an integer")
        return value

    def text(self, key: str) -> str:
        """A string."""
        value = self.map.get(key)
        if type(value) is not str:
            raise self._bad(key, "a string")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """A boolean; `default` where the key may be absent."""
        value = self.map.get(key, default)
        if type(value) is not bool:
            raise self._bad(key, "a boolean")
        return value

    def maybe_number(self, key: str) -> int | None:
        """An integer, None when it is absent."""
        return None if self.map.get(key) is None else self.number(key)

    def maybe_text(self, key: str) -> str | None:
        """A string, None when it is absent."""
        return None if self.map.get(key) is None else self.text(key)

    def each(self, key: str) -> tuple["Fields", ...]:
        """A list of maps."""
        value = self.map.get(key)
        if not isinstance(value, list):
            raise self._bad(key, "a list")
        return tuple(Fields(entry) for entry in value)

    def maybe_each(self, key: str) -> tuple["Fields", ...]:
        """A list of maps, empty when it is absent."""
        return () if self.map.get(key) is None else self.each(key)

    def inner(self, key: str) -> "Fields":
        """A map."""
        if key not in self.map:
            raise self._bad(key, "a map")
        return Fields(self.map[key])

    def actor(self, key: str) -> Actor:
        """A user or a bot."""
        return read_actor(self.inner(key))

    def actors(self, key: str) -> tuple[Actor, ...]:
        """Users and bots, none when the key is absent."""
        return tuple(read_actor(entry) for entry in self.maybe_each(key))

    def _bad(self, key: str, due: str) -> BadFrame:
        return BadFrame(f"`{key}` of a {self.map.get('t', 'part of a frame')!r}: {due} was due")


def read_item(frame: Fields) -> Item | None:
    """Return what a frame tells the program; None for a kind unknown here that has no place in a log."""
    t = frame.text("t")
    reader = READERS.get(t)
    if reader is not None:
        return reader(frame)
    if "conv" in frame.map and "seq" in frame.map:
        return items.OtherEvent(**_place(frame), t=t, fields=frame.map)
    return None


def read_actor(frame: Fields) -> Actor:
    """Read an actor."""
    return Actor(frame.text("kind"), frame.number("id"), frame.text("name"))


def read_conversation(frame: Fields) -> Conversation:
    """Read a conversation as `welcome` and `conversations` show it."""
    return Conversation(
        id=frame.number("id"),
        kind=frame.text("kind"),
        name=frame.maybe_text("name"),
        epoch=frame.number("epoch"),
        seq=frame.number("seq"),
        read=frame.number("read"),
        unread=frame.number("unread"),
        mentions=frame.number("mentions"),
        members=frame.actors("members") if "members" in frame.map else None,
    )


def read_message(frame: Fields) -> Message:
    """Read a message, from an event or from a page."""
    return Message(
        **_place(frame),
        id=frame.number("id"),
        sender=frame.actor("from"),
        body=frame.text("body"),
        cid=frame.text("cid"),
        html=frame.maybe_text("html"),
        reply_to=frame.maybe_number("reply_to"),
        attachments=tuple(_attachment(entry) for entry in frame.maybe_each("attachments")),
        mentions=frame.actors("mentions"),
        reactions=tuple(Reaction(entry.text("emoji"), entry.actor("by")) for entry in frame.maybe_each("reactions")),
        edited=frame.flag("edited", default=False),
        deleted=frame.flag("deleted", default=False),
    )


def read_page(ok: Fields) -> Page:
    """Read the answer to `history` and `search`."""
    return Page(tuple(read_message(entry) for entry in ok.each("messages")), ok.flag("more"))


def read_published(ok: Fields, cid: str) -> Published:
    """Read the answer to `publish`."""
    return Published(ok.number("conv"), ok.number("seq"), ok.number("id"), ok.number("at"), cid, ok.flag("dup"))


def _place(frame: Fields) -> dict[str, int]:
    return {key: frame.number(key) for key in ("conv", "seq", "at")}


def _attachment(frame: Fields) -> Attachment:
    return Attachment(
        id=frame.number("id"),
        name=frame.text("name"),
        content_type=frame.text("content_type"),
        size=frame.number("size"),
        url=frame.text("url"),
    )


def _edited(frame: Fields) -> Item:
    return items.Edited(
        **_place(frame),
        id=frame.number("id"),
        by=frame.actor("by"),
        body=frame.text("body"),
        html=frame.maybe_text("html"),
    )


def _deleted(frame: Fields) -> Item:
    return items.Deleted(**_place(frame), id=frame.number("id"), by=frame.actor("by"))


def _reacted(frame: Fields) -> Item:
    return items.Reacted(
        **_place(frame),
        id=frame.number("id"),
        by=frame.actor("by"),
        emoji=frame.text("emoji"),
        on=frame.flag("on"),
    )


def _members(frame: Fields) -> Item:
    return items.Members(
        **_place(frame), added=frame.actors("added"), removed=frame.actors("removed"), by=frame.actor("by")
    )


def _renamed(frame: Fields) -> Item:
    return items.Renamed(**_place(frame), name=frame.text("name"), by=frame.actor("by"))


def _typing(frame: Fields) -> Item:
    return items.Typing(frame.number("conv"), frame.actor("from"), frame.flag("on"))


def _presence(frame: Fields) -> Item:
    return items.Presence(frame.actor("who"), frame.flag("online"), frame.number("at"))


def _receipt(frame: Fields) -> Item:
    return items.Receipt(frame.number("conv"), frame.actor("who"), frame.number("received"), frame.number("read"))


def _gap(frame: Fields) -> Item:
    return items.Gap(frame.number("conv"), frame.number("from"), frame.number("to"))


def _reset(frame: Fields) -> Item:
    return items.Reset(frame.number("conv"), frame.number("epoch"), frame.number("seq"))


def _left(frame: Fields) -> Item:
    return items.Left(frame.number("conv"))


def _command(frame: Fields) -> Item:
    payload = frame.inner("payload").map
    return items.Command(frame.text("id"), frame.text("type"), payload, frame.number("at"))


def _synced(_frame: Fields) -> Item:
    return items.Synced()


READERS: Final[Mapping[str, Callable[[Fields], Item]]] = {
    "message": read_message,
    "edited": _edited,
    "deleted": _deleted,
    "reacted": _reacted,
    "members": _members,
    "renamed": _renamed,
    "typing": _typing,
    "presence": _presence,
    "receipt": _receipt,
    "gap": _gap,
    "reset": _reset,
    "left": _left,
    "command": _command,
    "synced": _synced,
}
