"""What waits in the outbox for subscribers: messages to other platforms, and what flows ask of others. Pure."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from actors.chatpion.values import LetterType


class Parcel(Struct, frozen=True, kw_only=True):
    """A message on its way out of the hub, as it waits in the outbox.

    `conv` is the conversation of its subscriber, and `bot` who speaks in it. `attachment` is a URL as it was given;
    `file` the upload that is sent.
    """

    letter: int
    conv: int
    bot: int
    platform_id: str
    body: str
    type: LetterType
    attachment: str | None = None
    file: int | None = None


class FlowCall(Struct, frozen=True, kw_only=True):
    """Call `number` of a flow's run: a request, whose answer the subscriber's actor is told."""

    run: str
    number: int
    url: str
    method: Literal["GET", "POST"]
    headers: dict[str, str]
    body: dict[str, Any] | None
    timeout_s: int


class People(Struct, frozen=True, kw_only=True):
    """Persons whom a flow's run wants in the conversation, or out of it; none named: whoever is in charge.

    Users who were `present` before are not let out: they did not come for this.
    """

    run: str
    account: int
    usernames: tuple[str, ...]
    let_in: bool
    present: tuple[int, ...] = ()
