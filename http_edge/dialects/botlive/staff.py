"""What staff do past the room: settle what needs them, hand back, and empty or cancel orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, cast

from msgspec import Struct

from actors.messages.order import Answered, CancelCompleted, Clear, HandBack, Resolve
from actors.messages.outcomes import Done
from actors.order.ports import Ledger, Shoppers
from actors.order.settings import MAX_MONEY
from actors.order.values import Shopper
from http_edge.dialects.botlive import shown
from http_edge.dialects.botlive.errors import expected, failed, missing
from http_edge.dialects.botlive.reading import Form, body_form
from http_edge.dialects.botlive.routes import PREFIX, Call, Endpoint, Route
from http_edge.dialects.botlive.webhooks import known_id
from http_edge.gateway import Gateway

MAX_NOTE: Final = 1_000
WHAT: Final = "Intervention"
CUSTOMER: Final = "Customer"
ACTIONS: Final = ("accept", "reject")


class Company(Struct, frozen=True):
    """Which company is meant."""

    company_id: str


class MaybeCompany(Struct, frozen=True):
    """Which company is meant; without it all of them."""

    company_id: str | None = None


class Resolution(Struct, frozen=True):
    """To accept a payment without `amount` is to accept what was received, or what is required."""

    action: Literal["accept", "reject"]
    amount: int | None = None
    note: str | None = None


class StaffSection:
    """Routes that change orders. It has no state."""

    def __init__(self, *, shoppers: Shoppers, ledger: Ledger, gateway: Gateway) -> None:
        self._shoppers = shoppers
        self._ledger = ledger
        self._gateway = gateway

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(route=_post("admin/clear-state/<user_id>"), handler=self.clear, query=MaybeCompany),
            Endpoint(route=_post("orders/<user_id>/resume"), handler=self.resume, query=Company, also=(404, 422)),
            Endpoint(route=_post("orders/<user_id>/cancel"), handler=self.cancel, query=Company, also=(404, 422)),
            Endpoint(route=_post("interventions/<id>/resolve"), handler=self.resolve, body=Resolution, also=(404, 409)),
        ]

    async def clear(self, call: Call) -> shown.Shown:
        """Empty the customer's order, in one company or in all, and end what is open. Who is unknown has none."""
        user_id, company_id = call.path["user_id"], call.request.args.get("company_id")
        for shopper in await self._customers(user_id, company_id):
            outcome = await self._gateway.ask("order", shopper.conv, Clear())
            if not isinstance(outcome, Done):
                raise failed(outcome)
        return {"success": True, "message": f"État réinitialisé pour {user_id}"}

    async def resume(self, call: Call) -> shown.Shown:
        """Have the engine answer again: the person who has the room hands it back."""
        return await self._have(call, HandBack(), "Conversation rendue au bot")

    async def cancel(self, call: Call) -> shown.Shown:
        """Cancel the order that the customer completed last; the figures fall."""
        return await self._have(call, CancelCompleted(), "Commande annulée")

    async def resolve(self, call: Call) -> shown.Shown:
        """Settle an intervention: accept what was paid, or reject it."""
        form = body_form(await call.request.body)
        action, amount, note = _action(form), _amount(form), form.text("note", most=MAX_NOTE, required=False)
        form.check()
        number = known_id(call.path["id"], WHAT)
        found = expected(await self._gateway.read(self._ledger.intervention(number)))
        if found is None:
            raise missing(WHAT)
        message = Resolve(intervention=number, action=action, amount=amount, note=note or None)
        outcome = await self._gateway.ask("order", found.conv, message)
        if not isinstance(outcome, Answered):
            raise failed(outcome)
        answer = outcome.answer
        return {"success": True, "order_status": answer.order_status, "next_step": answer.next_step}

    async def _have(self, call: Call, message: HandBack | CancelCompleted, said: str) -> shown.Shown:
        form = call.query
        company = form.text("company_id")
        form.check()
        shopper = expected(await self._gateway.read(self._shoppers.find(company, call.path["user_id"])))
        if shopper is None:
            raise missing(CUSTOMER)
        outcome = await self._gateway.ask("order", shopper.conv, message)
        if not isinstance(outcome, Done):
            raise failed(outcome)
        return {"success": True, "message": said}

    async def _customers(self, user_id: str, company_id: str | None) -> Sequence[Shopper]:
        if company_id is None:
            return expected(await self._gateway.read(self._shoppers.of_user(user_id)))
        found = expected(await self._gateway.read(self._shoppers.find(company_id, user_id)))
        return [] if found is None else [found]


def _action(form: Form) -> Literal["accept", "reject"]:
    action = form.text("action")
    if action.strip() and action not in ACTIONS:
        form.fault("action", "Input should be 'accept' or 'reject'", "literal_error")
    return cast('Literal["accept", "reject"]', action)


def _amount(form: Form) -> int | None:
    return None if form.raw("amount") is None else form.number("amount", 1, 1, MAX_MONEY)


def _post(path: str) -> Route:
    return Route(method="POST", rule=f"{PREFIX}/{path}")
