"""Subscribers: added, listed, changed, removed, let in as native clients, and taken back from people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET, Struct, UnsetType

from actors.chatpion import shown
from actors.chatpion.ports import NewSubscriber, Saved, SubscriberChanges, Subscribers
from actors.chatpion.shown import Shown
from actors.chatpion.values import HUB, Account, Subscriber
from actors.messages.outcomes import Done
from actors.messages.subscriber import Release, Remove
from actors.ports import Clock
from http_edge.dialects.chatpion.errors import bad_input, expected, failed, missing
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.paging import Paging, page_in
from http_edge.dialects.chatpion.platforms import MAX_CHARS, platform_in
from http_edge.dialects.chatpion.routes import Call, Endpoint, Route
from http_edge.gateway import Gateway

MAX_ID_CHARS: Final = 255
MAX_NAME_CHARS: Final = 200
MAX_EMAIL_CHARS: Final = 254
MAX_TAGS: Final = 100
MAX_TAG_CHARS: Final = 100
MAX_FIELDS_BYTES: Final = 65_536
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")

WHAT: Final = "Subscriber"
RULE: Final = "/api/subscribers"


class SubscriberFilter(Paging, frozen=True):
    """Which to show."""

    platform: str | None = None
    tag: str | None = None


class AddSubscriber(Struct, frozen=True):
    """Whom to add."""

    platform: str
    platform_id: str
    name: str | None = None
    email: str | None = None
    tags: list[str] | None = None


class ChangeSubscriber(Struct, frozen=True):
    """What to change; what is not given stays."""

    name: str | None = None
    email: str | None = None
    tags: list[str] | None = None
    fields: dict[str, Any] | None = None


class Herald(Protocol):
    """Tells those who are there of what came about past the actors. Never blocks, never raises."""

    def added(self, account: Account, subscriber: Subscriber) -> None:
        """The subscriber, and its conversation with the account's bot, are new."""

    def renamed(self, subscriber: Subscriber) -> None:
        """It has another name, perhaps."""


class SubscriberSection:
    """Routes about subscribers. It has no state. `ws_url` is where native clients connect."""

    def __init__(
        self, *, subscribers: Subscribers, gateway: Gateway, clock: Clock, herald: Herald, ws_url: str
    ) -> None:
        self._subscribers = subscribers
        self._gateway = gateway
        self._clock = clock
        self._herald = herald
        self._ws_url = ws_url

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        one = f"{RULE}/<id>"
        return [
            Endpoint(route=_route("GET", RULE), handler=self.index, query=SubscriberFilter),
            Endpoint(route=_route("POST", RULE), handler=self.add, body=AddSubscriber),
            Endpoint(route=_route("GET", one), handler=self.show),
            Endpoint(route=_route("PUT", one), handler=self.change, body=ChangeSubscriber),
            Endpoint(route=_route("DELETE", one), handler=self.remove),
            Endpoint(route=_route("POST", f"{one}/token"), handler=self.issue_token),
            Endpoint(route=_route("POST", f"{one}/release"), handler=self.release),
        ]

    async def index(self, call: Call) -> Shown:
        """List a page of the account's subscribers."""
        page = page_in(call.args)
        reading = self._subscribers.page(
            call.account.id,
            page=page.page,
            limit=page.limit,
            platform=call.args.text("platform", most=MAX_CHARS),
            tag=call.args.text("tag", most=MAX_TAG_CHARS),
        )
        found = expected(await self._gateway.read(reading))
        return page.of("subscribers", found.total, [shown.subscriber(each) for each in found.subscribers])

    async def add(self, call: Call) -> Shown:
        """Add a subscriber. One that is there keeps its id; what is given replaces, and tags are appended."""
        fields = call.fields
        new = NewSubscriber(
            platform=platform_in(fields),
            platform_id=_platform_id(fields),
            name=fields.text("name", most=MAX_NAME_CHARS),
            email=_email(fields),
            tags=_tags(fields) or (),
        )
        saved = expected(await self._gateway.read(self._subscribers.upsert(call.account, new, self._clock.now_ms())))
        if saved.change == "created":
            self._herald.added(call.account, saved.subscriber)
        return self._told(saved)

    async def show(self, call: Call) -> Shown:
        """Show a subscriber."""
        return shown.subscriber(await self._one(call))

    async def change(self, call: Call) -> Shown:
        """Change what is given; tags and fields replace those that are there."""
        changes = _changes(call.fields)
        number = call.object_id(WHAT)
        writing = self._subscribers.update(call.account.id, number, changes, self._clock.now_ms())
        saved = expected(await self._gateway.read(writing))
        if saved is None:
            raise missing(WHAT)
        return self._told(saved)

    async def remove(self, call: Call) -> Shown:
        """Remove a subscriber, its tokens and its flow. Its messages stay."""
        subscriber = await self._one(call)
        await self._ask(subscriber, Remove())
        return {"id": subscriber.id, "deleted": True}

    async def issue_token(self, call: Call) -> Shown:
        """Make a further native token for a subscriber of platform `hub`."""
        subscriber = await self._one(call)
        if subscriber.platform != HUB:
            raise bad_input(f"only subscribers of platform {HUB} have tokens")
        token = expected(await self._gateway.read(self._subscribers.issue_token(call.account.id, subscriber.id)))
        if token is None:
            raise missing(WHAT)
        place = {"user_id": subscriber.user, "conversation_id": subscriber.conv}
        return {"token": token, "ws_url": self._ws_url, **place}

    async def release(self, call: Call) -> Shown:
        """Have the people leave whom a flow brought in, and let the flow go on."""
        subscriber = await self._one(call)
        await self._ask(subscriber, Release())
        return shown.subscriber(await self._one(call))

    async def _one(self, call: Call) -> Subscriber:
        number = call.object_id(WHAT)
        found = expected(await self._gateway.read(self._subscribers.subscriber(call.account.id, number)))
        if found is None:
            raise missing(WHAT)
        return found

    async def _ask(self, subscriber: Subscriber, message: Remove | Release) -> None:
        outcome = await self._gateway.ask("subscriber", subscriber.conv, message)
        if not isinstance(outcome, Done):
            raise failed(outcome)

    def _told(self, saved: Saved) -> Shown:
        if saved.change == "updated":
            self._herald.renamed(saved.subscriber)
        return shown.subscriber(saved.subscriber)


def _route(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, noun="subscribers")


def _platform_id(fields: Fields) -> str:
    given = fields.values.get("platform_id")
    if isinstance(given, int) and not isinstance(given, bool):
        # Platforms number their users, and programs hand that on as it came.
        return str(given)
    return fields.required_text("platform_id", most=MAX_ID_CHARS)


def _email(fields: Fields) -> str | None:
    text = fields.text("email", most=MAX_EMAIL_CHARS)
    if text is not None and not (text.isprintable() and _EMAIL.fullmatch(text)):
        raise bad_input("email is not an e-mail address")
    return text


def _tags(fields: Fields) -> tuple[str, ...] | None:
    return fields.texts("tags", most=MAX_TAGS, each=MAX_TAG_CHARS)


def _changes(fields: Fields) -> SubscriberChanges:
    for name in ("platform", "platform_id"):
        if name in fields:
            raise bad_input(f"{name} cannot be changed")
    return SubscriberChanges(
        name=fields.text("name", most=MAX_NAME_CHARS) if "name" in fields else UNSET,
        email=_email(fields) if "email" in fields else UNSET,
        tags=_tags(fields) or () if "tags" in fields else UNSET,
        fields=_kept(fields),
    )


def _kept(fields: Fields) -> dict[str, Any] | UnsetType:
    if "fields" not in fields:
        return UNSET
    found = fields.object("fields") or {}
    if len(msgspec.json.encode(found)) > MAX_FIELDS_BYTES:
        raise bad_input(f"fields may have {MAX_FIELDS_BYTES} bytes at most")
    return found
