"""What becomes of a subscriber who is given again, or changed, and what it is called. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from actors.chatpion.ports import NewSubscriber, SubscriberChanges
from actors.chatpion.values import Subscriber
from actors.values import display_name


def merged(before: Subscriber, new: NewSubscriber) -> Subscriber:
    """Name and e-mail are replaced if given, and tags appended in order."""
    given: dict[str, Any] = {"name": new.name, "email": new.email}
    tags = tuple(dict.fromkeys((*before.tags, *new.tags)))
    return replace(before, tags=tags, **{key: value for key, value in given.items() if value is not None})


def changed(before: Subscriber, changes: SubscriberChanges) -> Subscriber:
    """What is given replaces."""
    given = {key: value for key, value in asdict(changes).items() if value is not UNSET}
    if "tags" in given:
        given["tags"] = tuple(dict.fromkeys(given["tags"]))
    return replace(before, **given)


def guest_name(name: str | None, platform_id: str) -> str:
    """What others in the conversation see: the name, if there is anything printable in it, else who it is elsewhere."""
    return display_name(name, "") or display_name(platform_id, "") or "guest"
