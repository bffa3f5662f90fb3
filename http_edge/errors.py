"""JSON answers for what went wrong at the edge. They say what the client did, never what the hub is made of."""

from __future__ import annotations

import logging
from http import HTTPStatus

from quart import Quart, Response, jsonify, request
from werkzeug.exceptions import HTTPException

log = logging.getLogger("hubbub.http")


def install(app: Quart) -> None:
    """Answer every error of `app` in JSON: `{"error": code, "message": text}` with the status that fits."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)


def error(status: int, message: str | None = None) -> Response:
    """Return one error response; the code is the status phrase, `not_found` for 404."""
    phrase = HTTPStatus(status).phrase
    response: Response = jsonify(error=phrase.lower().replace(" ", "_"), message=message or phrase)
    response.status_code = status
    return response


async def _http_error(problem: HTTPException) -> Response:
    # Werkzeug's descriptions may quote the request; only the phrase goes out.
    response = error(problem.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    allow = problem.get_response().headers.get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


async def _crash(problem: Exception) -> Response:
    # The containment point of a request. The route template is logged, never the path: bot keys stand in paths.
    route = request.url_rule.rule if request.url_rule is not None else "(none)"
    log.error("request failed", extra={"method": request.method, "route": route}, exc_info=problem)
    return error(HTTPStatus.INTERNAL_SERVER_ERROR)
