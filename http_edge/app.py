"""The Quart app: every part of the HTTP edge is put together here."""

from __future__ import annotations

from quart_trio import QuartTrio

from http_edge import errors, ops
from http_edge.ops import OpsPort

MAX_BODY_BYTES = 1_048_576
BODY_TIMEOUT_S = 20
RESPONSE_TIMEOUT_S = 60


class HubApp(QuartTrio):
    """Quart without what a public edge must not have: request paths in logs, static files of its own."""

    def log_exception(self, exception_info: object) -> None:
        """Do nothing: Quart's version logs the path; `errors` has logged the route."""


def create_app(port: OpsPort) -> HubApp:
    """Return the app, ready for `hub.http.HttpListener`. Holds no state but its routes."""
    app = HubApp(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["BODY_TIMEOUT"] = BODY_TIMEOUT_S
    app.config["RESPONSE_TIMEOUT"] = RESPONSE_TIMEOUT_S
    errors.install(app)
    app.register_blueprint(ops.blueprint(port))
    return app
