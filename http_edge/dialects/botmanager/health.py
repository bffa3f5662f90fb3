"""`/api/health`: whether anybody is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Literal

from msgspec import Struct
from quart import Response

from actors.ports import Clock
from actors.times import iso
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.errors import Failed
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route


class Healthy(Struct, frozen=True):
    """The hub takes writes."""

    timestamp: str
    status: Literal["ok"] = "ok"


class Health:
    """The section of that name. `trouble` says why the hub takes no writes now, if it does not."""

    def __init__(self, clock: Clock, trouble: Callable[[], str | None]) -> None:
        self._clock = clock
        self._trouble = trouble

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the route."""
        route = Route(method="GET", rule="/api/health", access=Access.ANYBODY)
        return (Endpoint(route=route, handler=self.show, answer=Healthy),)

    async def show(self, call: Call) -> Response:
        """Say whether the hub takes writes."""
        trouble = self._trouble()
        if trouble is not None:
            raise Failed(HTTPStatus.SERVICE_UNAVAILABLE, trouble, wire.RETRY_S)
        return wire.json(Healthy(iso(self._clock.now_ms())))
