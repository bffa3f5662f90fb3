"""The Quart app: every part of the HTTP edge is put together here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from quart import Quart, Request, Response, request
from quart.sessions import NullSession, SessionInterface
from quart.wrappers.base import BaseRequestWebsocket
from quart_trio import QuartTrio
from werkzeug.wrappers import Response as WerkzeugResponse

from http_edge import errors, openapi, ops
from http_edge.access import RequestMeters, Uncounted, Visit
from http_edge.attachments import Files
from http_edge.body import Connection, HubRequest
from http_edge.dialect import Dialect
from http_edge.dispatch import FALLBACK, Dispatcher
from http_edge.ops import OpsPort
from http_edge.origins import Origins
from http_edge.peers import Peers

MAX_BODY_BYTES = 1_048_576
MAX_FORM_PARTS = 100
BODY_TIMEOUT_S = 20
RESPONSE_TIMEOUT_S = 60


class NoSessions(SessionInterface):
    """Quart's own looks for a signing key that the hub does not have, request by request."""

    def __init__(self) -> None:
        self._none = NullSession()

    async def open_session(self, app: Quart, request: BaseRequestWebsocket) -> NullSession:
        """There is one for all: it holds nothing and takes nothing."""
        return self._none


class HubApp(QuartTrio):
    """Quart without what a public edge must not have: request paths in logs, static files of its own."""

    asgi_http_class = Connection
    request_class = HubRequest

    def __init__(
        self,
        peers: Peers,
        dispatcher: Dispatcher,
        meters: RequestMeters | None = None,
        origins: Origins | None = None,
    ) -> None:
        super().__init__(__name__, static_folder=None)
        # A path with two slashes is unknown, not redirected: old clients do not follow.
        self.url_map.merge_slashes = False
        self.session_interface = NoSessions()  # type: ignore[assignment]  # any interface will do
        self._peers = peers
        self._meters = meters or Uncounted()
        self.config["MAX_CONTENT_LENGTH"] = self.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
        self.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
        self.config["BODY_TIMEOUT"] = BODY_TIMEOUT_S
        self.config["RESPONSE_TIMEOUT"] = RESPONSE_TIMEOUT_S
        errors.install(self, dispatcher)
        self.register_blueprint(dispatcher.blueprint())
        if origins is not None:
            self._let_pages_read(origins)

    async def handle_request(self, request: Request) -> WerkzeugResponse:
        """Answer a request. A client that hangs up cancels it: that is logged too."""
        visit = Visit(request, self._peers, self._meters)
        response: WerkzeugResponse | None = None
        try:
            response = await super().handle_request(request)  # type: ignore[assignment]
            return response  # type: ignore[return-value]
        finally:
            cast("HubRequest", request).body.abandon()
            visit.end(request, response)

    def _let_pages_read(self, origins: Origins) -> None:
        async def add_headers(response: Response) -> Response:
            if request.path.startswith(f"{FALLBACK}/"):
                response.headers.update(origins.cors(request.headers))
            return response

        self.after_request(add_headers)

    def log_exception(self, exception_info: object) -> None:
        """Do nothing: Quart's version logs the path; `errors` has logged the route."""


def create_app(
    port: OpsPort,
    *,
    dialects: Sequence[Dialect] = (),
    files: Files | None = None,
    peers: Peers | None = None,
    meters: RequestMeters | None = None,
    origins: Origins | None = None,
) -> HubApp:
    """Return the hub's own app, ready for `hub.http.HttpListener`. Holds no state but its routes."""
    app = dialect_app(dialects, files=files, peers=peers, meters=meters, origins=origins)
    app.register_blueprint(ops.blueprint(port))
    openapi.install(app)
    return app


def dialect_app(
    dialects: Sequence[Dialect],
    *,
    files: Files | None = None,
    peers: Peers | None = None,
    meters: RequestMeters | None = None,
    origins: Origins | None = None,
) -> HubApp:
    """Return an app that speaks these dialects and, at most, shows files: for a port of its own.

    `origins` says which pages of other sites may read what is under `/api`; without it none.
    """
    app = HubApp(peers or Peers(), Dispatcher(dialects), meters, origins)
    for dialect in dialects:
        app.register_blueprint(dialect.blueprint)
    if files is not None:
        app.register_blueprint(files.blueprint())
    return app
