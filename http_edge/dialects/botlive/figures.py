"""How a company is doing: figures, active orders, what staff have to settle, and what just happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from actors.order.periods import SPANS
from actors.order.ports import Ledger
from actors.order.values import Range
from actors.ports import Clock
from http_edge.dialects.botlive import shown
from http_edge.dialects.botlive.errors import expected
from http_edge.dialects.botlive.routes import PREFIX, Call, Endpoint, Route
from http_edge.gateway import Gateway

ORDERS: Final = 50
EVENTS: Final = 10
MOST: Final = 500


class Span(Struct, frozen=True):
    """`today`, `week` or `month`; anything else is `today`."""

    time_range: str = "today"


class Limit(Struct, frozen=True):
    """How many, 1 to 500."""

    limit: int = ORDERS


class FigureSection:
    """Routes that only read. It has no state."""

    def __init__(self, *, ledger: Ledger, gateway: Gateway, clock: Clock) -> None:
        self._ledger = ledger
        self._gateway = gateway
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        stats = Route(method="GET", rule=f"{PREFIX}/stats/<company_id>", share="stats")
        return [
            Endpoint(route=stats, handler=self.statistics, query=Span),
            Endpoint(route=_reading("orders/active"), handler=self.active, query=Limit, also=(422,)),
            Endpoint(route=_reading("interventions"), handler=self.interventions),
            Endpoint(route=_reading("activity"), handler=self.activity, query=Limit, also=(422,)),
        ]

    async def statistics(self, call: Call) -> shown.Shown:
        """Show the figures of a company for today, this week or this month, and how they changed."""
        asked = call.request.args.get("time_range", "today")
        span: Range = next((each for each in SPANS if each == asked), "today")
        now = self._clock.now_ms()
        found = expected(await self._gateway.read(self._ledger.statistics(call.path["company_id"], span, now)))
        return shown.statistics(found, span, now)

    async def active(self, call: Call) -> shown.Shown:
        """List the orders that are under way, the one that changed last first."""
        limit = _limit(call, ORDERS)
        found = expected(await self._gateway.read(self._ledger.active(call.path["company_id"], limit)))
        orders = [shown.active(each, found.currency) for each in found.orders]
        return {"success": True, "orders": orders, "total": found.total}

    async def interventions(self, call: Call) -> shown.Shown:
        """List what staff have to settle."""
        found = expected(await self._gateway.read(self._ledger.interventions(call.path["company_id"])))
        return {"success": True, "interventions": [shown.intervention(each) for each in found], "count": len(found)}

    async def activity(self, call: Call) -> shown.Shown:
        """List what happened, the newest first."""
        limit, now = _limit(call, EVENTS), self._clock.now_ms()
        found = expected(await self._gateway.read(self._ledger.activity(call.path["company_id"], limit)))
        return {"success": True, "activities": [shown.activity(each, now) for each in found]}


def _reading(what: str) -> Route:
    return Route(method="GET", rule=f"{PREFIX}/{what}/<company_id>")


def _limit(call: Call, default: int) -> int:
    form = call.query
    limit = form.number("limit", default, 1, MOST)
    form.check()
    return limit
