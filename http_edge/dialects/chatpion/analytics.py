"""What an account's dashboard shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from actors.chatpion.analytics import BadRange, Dashboard, Span, span
from actors.chatpion.ports import Analytics
from actors.chatpion.shown import Shown
from actors.ports import Clock
from http_edge.dialects.chatpion.errors import bad_input, expected
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.routes import Call, Endpoint, Route
from http_edge.gateway import Gateway

MAX_CHARS: Final = 64


class Range(Struct, frozen=True):
    """Days, YYYY-MM-DD in UTC and both inclusive, or RFC 3339 times; the last 30 days where nothing is given."""

    start_date: str = ""
    end_date: str = ""
    platform: str = ""


class AnalyticsSection:
    """Routes about what was counted. It has no state."""

    def __init__(self, *, analytics: Analytics, gateway: Gateway, clock: Clock) -> None:
        self._analytics = analytics
        self._gateway = gateway
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        route = Route(method="GET", rule="/api/analytics/dashboard", noun="analytics")
        return [Endpoint(route=route, handler=self.dashboard, query=Range)]

    async def dashboard(self, call: Call) -> Shown:
        """Count subscribers, messages and what subscribers did, in a range of times."""
        now = self._clock.now_ms()
        asked, platform = _span(call.args, now), call.args.text("platform", most=MAX_CHARS)
        counting = self._analytics.dashboard(call.account.id, asked, platform, now)
        return dashboard_shown(expected(await self._gateway.read(counting)))


def dashboard_shown(dashboard: Dashboard) -> Shown:
    """What was counted, as the document has it."""
    return {
        "subscribers": {
            "total": dashboard.present,
            "new": dashboard.of("subscribed"),
            "growth": dashboard.growth,
        },
        "messages": {what: dashboard.of(what) for what in ("total", "sent", "delivered", "read")},
        "engagement": {
            "clicks": dashboard.of("click"),
            "replies": dashboard.of("reply"),
            "conversions": dashboard.of("conversion"),
        },
    }


def _span(args: Fields, now: int) -> Span:
    start, end = args.text("start_date", most=MAX_CHARS), args.text("end_date", most=MAX_CHARS)
    try:
        return span(start, end, now)
    except BadRange as error:
        raise bad_input(str(error)) from error
