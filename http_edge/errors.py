"""JSON answers for what went wrong at the edge. They say what the client did, never what the hub is made of."""

from __future__ import annotations

import logging
from http import HTTPStatus

from quart import Quart, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from http_edge.access import request_id, route
from http_edge.dispatch import Dispatcher

log = logging.getLogger("hubbub.http")


def install(app: Quart, dispatcher: Dispatcher) -> None:
    """Answer every error of `app` in the words of the dialect whose path it is.

    Elsewhere in JSON: `{"error": code, "message": text}` with the status that fits.
    """

    async def http_error(problem: HTTPException) -> Response:
        status = problem.code or HTTPStatus.INTERNAL_SERVER_ERROR
        # Werkzeug's descriptions may quote the request; only the phrase goes out.
        response = (dispatcher.complaint(request.path) or error)(status)
        allow = problem.get_response().headers.get("Allow")
        if allow and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = allow
        return response

    async def crash(problem: Exception) -> Response:
        # The containment point of a request. The route template is logged, never the path: bot keys stand in paths.
        fields = {"method": request.method, "route": route(request), "request_id": request_id(request)}
        log.error("request failed", extra=fields, exc_info=problem)
        complain = dispatcher.complaint(request.path) or error
        return complain(HTTPStatus.INTERNAL_SERVER_ERROR)

    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, crash)


def error(status: int, message: str | None = None) -> Response:
    """Return one error response; the code is the status phrase, `not_found` for 404."""
    phrase = HTTP_STATUS_CODES[status]  # Python's own words for a status change with its version
    response: Response = jsonify(error=phrase.lower().replace(" ", "_"), message=message or phrase)
    response.status_code = status
    return response
