"""Engine.IO's long polling: GET fetches what waits, POST brings what the peer says."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

from quart import Blueprint, Request, Response, request
from quart_schema import hide

from http_edge.access import peer_of
from http_edge.body import HubRequest
from http_edge.dialect import Dialect
from http_edge.origins import Origins
from http_edge.peers import base_url
from http_edge.socketio import queries
from http_edge.socketio.errors import Problem, Rejected
from http_edge.socketio.handshake import Handshake
from http_edge.socketio.server import SocketServer
from http_edge.socketio.session import Session
from protocol.codes import CloseCode
from protocol.socketio.engine import decode_body
from protocol.socketio.errors import Violation

NAME: Final = "socketio"
TEXT: Final = "text/plain; charset=UTF-8"
OK: Final = b"ok"
RETRY_S: Final = 2

_PROBLEMS: Final[Mapping[int, Problem]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: Problem.BAD_METHOD,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Problem.TOO_LARGE,
}


class Polling:
    """The routes at `/socket.io/`. It has no state of its own."""

    def __init__(self, server: SocketServer, origins: Origins) -> None:
        self._server = server
        self._origins = origins

    def dialect(self) -> Dialect:
        """Return it as a part of the edge."""
        routes = Blueprint(NAME, __name__)

        @routes.get(queries.PATH, strict_slashes=False)
        @hide
        async def fetch() -> Response:
            return await self._fetch()

        @routes.post(queries.PATH, strict_slashes=False)
        @hide
        async def deliver() -> Response:
            return await self._deliver()

        @routes.after_request
        async def let_pages_read(response: Response) -> Response:
            response.headers.update(self._origins.cors(request.headers))
            return response

        routes.register_error_handler(Rejected, _rejected)
        return Dialect(NAME, routes, (queries.PATH.rstrip("/"),), complain)

    async def _fetch(self) -> Response:
        """Open a session, or return what waits for one."""
        handshake, query = self._judged(request)
        if query.sid is None:
            return _text(self._server.opening(self._server.open(handshake)))
        session = self._server.find(query.sid)
        body = await session.channel.poll()
        self._server.tidy(session)
        return _text(body)

    async def _deliver(self) -> Response:
        """Handle what the peer says, packet by packet, before the answer."""
        _, query = self._judged(request)
        session = self._server.find(query.sid or "")
        with session.channel.delivery():
            body = cast("HubRequest", request).body.stream(self._server.terms.max_payload_bytes)
            await _hand_over(session, b"".join([piece async for piece in body]))
        return _text(OK)

    def _judged(self, request: Request) -> tuple[Handshake, queries.Query]:
        peer = peer_of(request)
        base = base_url(request, peer, None)
        handshake = queries.shake_hands(request.headers, peer.network, base, self._origins)
        return handshake, queries.read(request.args, request.method, "polling")


async def _hand_over(session: Session, body: bytes) -> None:
    """Handle what a POST has brought. Raises Rejected when it has ended the session."""
    try:
        packets = decode_body(body)
    except Violation as violation:
        session.end(CloseCode.MALFORMED, str(violation))
    else:
        for packet in packets:
            await session.take(packet)
    if session.channel.broken:
        raise Rejected(Problem.BAD_REQUEST)


def complain(status: int) -> Response:
    """Return what is said of failures outside the routes."""
    return _json(_PROBLEMS.get(status, Problem.BAD_REQUEST), status)


async def _rejected(rejected: Rejected) -> Response:
    response = _json(rejected.problem, rejected.problem.status)
    if rejected.problem is Problem.TOO_MANY:
        response.headers["Retry-After"] = str(RETRY_S)
    return response


def _text(body: str | bytes) -> Response:
    response = Response(body, content_type=TEXT)
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(problem: Problem, status: int) -> Response:
    response = Response(problem.body, status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
