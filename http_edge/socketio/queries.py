"""What a request asks for, judged alike for polls and WebSockets.

The order of the checks is that of engine.io's own server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from werkzeug.datastructures import Headers

from http_edge.origins import Origins
from http_edge.socketio.errors import Problem, Rejected
from http_edge.socketio.handshake import Handshake

PATH: Final = "/socket.io/"
VERSION: Final = "4"
METHODS: Final = ("GET", "POST")

Asked = Literal["polling", "websocket"]


class Query(NamedTuple):
    """A request for a new session, or with a `sid` for one that is there."""

    sid: str | None
    transport: Asked


def read(args: Mapping[str, str], method: str, asked: Asked) -> Query:
    """Return what a request asks for that came in by `asked`. Raises Rejected."""
    transport = args.get("transport", "")
    sid = args.get("sid")
    if transport not in ("polling", "websocket"):
        raise Rejected(Problem.UNKNOWN_TRANSPORT)
    if transport != asked:
        raise Rejected(Problem.BAD_REQUEST)
    if method not in METHODS or (sid is None and method != "GET"):
        raise Rejected(Problem.BAD_METHOD)
    if sid is None and args.get("EIO") != VERSION:
        raise Rejected(Problem.BAD_VERSION)
    return Query(sid, asked)


def shake_hands(headers: Headers, network: str, base: str, origins: Origins) -> Handshake:
    """Return what the request says of its peer. Raises Rejected for a page that may not be here.

    `base` is the hub's URL as the request has it. A program that is no browser says of no page.
    """
    origin = headers.get("Origin")
    trusted = origin is None or origins.allow(origin, base)
    if not trusted and not origins.cors(headers):
        raise Rejected(Problem.FORBIDDEN)
    return Handshake(headers, network, trusted)
