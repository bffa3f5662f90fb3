"""Where an account's events go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, cast, get_args

from msgspec import Struct

from actors.chatpion.ports import Hooks
from actors.chatpion.shown import Shown, time
from actors.chatpion.values import Event, EventHook
from actors.ports import Clock
from http_edge.dialects.chatpion.errors import bad_input, expected, missing
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.routes import Call, Endpoint, Route
from http_edge.dialects.chatpion.urls import LetsThrough, url_in
from http_edge.gateway import Gateway

WHAT: Final = "Webhook"
RULE: Final = "/api/webhooks"
EVERY: Final = "*"
EVENTS: Final = frozenset({*get_args(Event), EVERY})

Wanted = tuple[Event | Literal["*"], ...]


class NewWebhook(Struct, frozen=True):
    """Which events, or `*` for all, go where."""

    url: str
    events: list[str]


class WebhookSection:
    """Routes about endpoints. It has no state."""

    def __init__(self, *, hooks: Hooks, gateway: Gateway, clock: Clock, lets_through: LetsThrough) -> None:
        self._hooks = hooks
        self._gateway = gateway
        self._clock = clock
        self._lets_through = lets_through

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(route=_route("GET", RULE), handler=self.index),
            Endpoint(route=_route("POST", RULE), handler=self.create, body=NewWebhook),
            Endpoint(route=_route("DELETE", f"{RULE}/<id>"), handler=self.delete),
        ]

    async def index(self, call: Call) -> list[Shown]:
        """List where the account's events go, without the secrets."""
        found = expected(await self._gateway.read(self._hooks.hooks(call.account.id)))
        return [hook_shown(each) for each in found]

    async def create(self, call: Call) -> Shown:
        """Have events told to a URL. The `secret` that they are signed with is shown this once."""
        url, events = url_in(call.fields, "url", self._lets_through), _events(call.fields)
        if url is None:
            raise bad_input("url is required")
        making = self._hooks.create(call.account.id, url=url, events=events, now=self._clock.now_ms())
        made = expected(await self._gateway.read(making))
        return {**hook_shown(made.hook), "secret": made.secret}

    async def delete(self, call: Call) -> Shown:
        """Tell that URL nothing more."""
        number = call.object_id(WHAT)
        if not expected(await self._gateway.read(self._hooks.delete(call.account.id, number, self._clock.now_ms()))):
            raise missing(WHAT)
        return {"id": number, "deleted": True}


def hook_shown(hook: EventHook) -> Shown:
    """An endpoint, as it is shown."""
    return {"id": hook.id, "url": hook.url, "events": list(hook.events), "created_at": time(hook.created_at)}


def _events(fields: Fields) -> Wanted:
    events = fields.texts("events", most=len(EVENTS), each=64)
    if not events:
        raise bad_input("events must be a list of one event at least")
    for event in events:
        if event not in EVENTS:
            raise bad_input(f"events: there is no event {event}")
    return cast("Wanted", events)


def _route(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, noun="webhooks")
