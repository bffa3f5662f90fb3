"""Whether the API works, and a page that shows how companies are doing."""

from __future__ import annotations

import importlib.resources
import mimetypes
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from quart import Blueprint, Response, abort
from quart_schema import hide

from actors.ports import Clock
from actors.times import whole_seconds
from http_edge.dialects.botlive import wire
from http_edge.dialects.botlive.routes import PREFIX, Call, Endpoint, Route

PAGE: Final = {"": "dashboard.html", "dashboard.js": "dashboard.js"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class HealthSection:
    """One route, which needs no key. It has no state."""

    def __init__(self, *, trouble: Callable[[], str | None], clock: Clock) -> None:
        self._trouble = trouble
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """The route."""
        route = Route(method="GET", rule=f"{PREFIX}/health", is_open=True)
        return [Endpoint(route=route, handler=self.health)]

    async def health(self, call: Call) -> Response:
        """Say whether messages are taken."""
        is_up = self._trouble() is None
        word, status = ("healthy", HTTPStatus.OK) if is_up else ("unhealthy", HTTPStatus.SERVICE_UNAVAILABLE)
        body = {"status": word, "engine": "initialized", "timestamp": whole_seconds(self._clock.now_ms())}
        return wire.success(body, status)


def dashboard() -> Blueprint:
    """Return the page: static files without figures of their own, which it asks for with the key of whoever looks."""
    routes = Blueprint("dashboard", __name__, url_prefix="/dashboard")
    folder = importlib.resources.files("http_edge") / "pages"
    files = {path: ((folder / name).read_bytes(), mimetypes.guess_type(name)[0]) for path, name in PAGE.items()}

    @routes.get("/", defaults={"name": ""}, strict_slashes=False)
    @routes.get("/<name>")
    @hide
    async def page(name: str) -> Response:
        if name not in files:
            abort(HTTPStatus.NOT_FOUND)
        content, kind = files[name]
        response = Response(content, content_type=f"{kind}; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return routes
