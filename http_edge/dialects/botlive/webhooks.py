"""Where a company's events go, and whether something takes them there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast, get_args

from msgspec import Struct

from actors.order.ports import ShopHooks
from actors.order.values import DOCUMENTED, ShopEvent
from actors.ports import Clock
from http_edge.access import route
from http_edge.dialects.botlive import shown
from http_edge.dialects.botlive.errors import expected, missing
from http_edge.dialects.botlive.meters import Meters
from http_edge.dialects.botlive.probing import Probe
from http_edge.dialects.botlive.reading import Form, body_form, web_url
from http_edge.dialects.botlive.routes import PREFIX, Call, Endpoint, Route
from http_edge.gateway import Gateway
from protocol.codes import MAX_ID

RULE: Final = f"{PREFIX}/webhook"
EVENTS: Final = frozenset(get_args(ShopEvent))
REGISTERED: Final = "Webhook enregistré"
DELETED: Final = "Webhook supprimé"


class NewWebhook(Struct, frozen=True):
    """Which events go where; without `events` the three that are documented."""

    webhook_url: str
    company_id: str
    events: list[str] | None = None


class Target(Struct, frozen=True):
    """Which URL is to be tried."""

    webhook_url: str


class WebhookSection:
    """Routes about endpoints. It has no state."""

    def __init__(self, *, hooks: ShopHooks, probe: Probe, gateway: Gateway, clock: Clock, meters: Meters) -> None:
        self._hooks = hooks
        self._probe = probe
        self._gateway = gateway
        self._clock = clock
        self._meters = meters

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        test = Route(method="POST", rule=f"{RULE}/test", share="stats")
        return [
            Endpoint(route=Route(method="POST", rule=f"{RULE}/register"), handler=self.register, body=NewWebhook),
            Endpoint(route=test, handler=self.test, query=Target, also=(422,)),
            Endpoint(route=Route(method="GET", rule=f"{RULE}/<company_id>"), handler=self.index),
            Endpoint(route=Route(method="DELETE", rule=f"{RULE}/<id>"), handler=self.delete, also=(404,)),
        ]

    async def register(self, call: Call) -> shown.Shown:
        """Have events of a company told to a URL. Registering it again changes the events and keeps the secret."""
        form = body_form(await call.request.body)
        url, company, events = web_url(form, "webhook_url"), form.text("company_id"), _events(form)
        form.check()
        registering = self._hooks.register(company, url=url, events=events, now=self._clock.now_ms())
        made = expected(await self._gateway.read(registering))
        return {"success": True, "message": REGISTERED, "config": shown.hook(made.hook, made.secret)}

    async def test(self, call: Call) -> shown.Shown:
        """Post an event `test` to a URL and show what it answers. Addresses that the hub does not call are silent."""
        form = call.query
        url = form.text("webhook_url", most=2_048)
        form.check()
        target = expected(await self._gateway.read(self._hooks.by_url(url)))
        found = await self._probe.post(url, None if target is None else target.secret)
        if not found.success:
            self._meters.failed(route(call.request), "webhook")
        return {"success": found.success, "status_code": found.status_code, "response": found.response}

    async def index(self, call: Call) -> shown.Shown:
        """List where events of the company go, without the secrets."""
        found = expected(await self._gateway.read(self._hooks.hooks(call.path["company_id"])))
        return {"success": True, "webhooks": [shown.hook(each) for each in found], "count": len(found)}

    async def delete(self, call: Call) -> shown.Shown:
        """Tell that URL nothing more."""
        number = known_id(call.path["id"], "Webhook")
        if not expected(await self._gateway.read(self._hooks.delete(number, self._clock.now_ms()))):
            raise missing("Webhook")
        return {"success": True, "message": DELETED}


def known_id(text: str, what: str) -> int:
    """The id that stands in a path. Raises `Failed`, 404: what cannot be one is as absent as any."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 16 or not 0 < int(text) <= MAX_ID:
        raise missing(what)
    return int(text)


def _events(form: Form) -> tuple[ShopEvent, ...]:
    given: Any = form.raw("events")
    if given is None:
        return DOCUMENTED
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        form.fault("events", "Input should be a list of events", "list_type")
        return ()
    unknown = [each for each in given if each not in EVENTS]
    if unknown:
        form.fault("events", f"Input should be some of {', '.join(sorted(EVENTS))}", "literal_error")
    elif not given:
        form.fault("events", "List should have at least 1 item", "too_short")
    return cast("tuple[ShopEvent, ...]", tuple(dict.fromkeys(given)))
