"""What other platforms tell of subscribers. No key: whoever posts here has signed it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, cast

from quart import Blueprint, Response, request
from quart_schema import document_response, tag
from werkzeug.exceptions import HTTPException

from actors.messages.outcomes import Done, Refused
from actors.subscriber.inbound import Inbound
from http_edge.body import Body
from http_edge.dialects.chatpion import wire
from http_edge.dialects.chatpion.documents import FAILURES
from http_edge.dialects.chatpion.errors import Failed, failed
from http_edge.dialects.chatpion.routes import View, known_id

RULE: Final = "/api/inbound/<id>"
WHAT: Final = "Social account"


def blueprint(inbound: Inbound) -> Blueprint:
    """Return the two routes."""
    routes = Blueprint("inbound", __name__)

    @routes.post(RULE)
    @_documented(400, 401, 404, 413, 500, 503)
    async def take(id: str) -> Response:
        """Tell what a subscriber wrote, or what became of a message. Signed with the connection's secret."""
        try:
            number = known_id(id, WHAT)
            body = await cast("Body", request.body)
            headers = {name.lower(): value for name, value in request.headers.items()}
            outcome = await inbound.take(number, headers, body)
        except Failed as problem:
            return wire.failure(problem)
        except HTTPException as problem:
            return wire.error(problem.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        return wire.success({}) if isinstance(outcome, Done) else _refused(outcome)

    @routes.get(RULE)
    @_documented(403, 404, 500, 503)
    async def challenge(id: str) -> Response:
        """Answer Meta's question whether this is the address of the connection."""
        try:
            outcome = await inbound.challenge(known_id(id, WHAT), request.args)
        except Failed as problem:
            return wire.failure(problem)
        if isinstance(outcome, Refused):
            return _refused(outcome)
        response = Response(outcome, content_type="text/plain; charset=utf-8")
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return routes


def _documented(*failures: int) -> Callable[[View], View]:
    def document(view: View) -> View:
        for status in failures:
            view = document_response(FAILURES[HTTPStatus(status)], status)(view)
        return tag(["chatpion"])(document_response(wire.Success, HTTPStatus.OK)(view))

    return document


def _refused(outcome: Refused) -> Response:
    return wire.failure(failed(outcome))
