"""Who may open a WebSocket here, and in which subprotocol. No I/O.

Source: docs/reference/protocol.md, "Transport"; docs/dialects/aurorialink.md, "The client view"; RFC 6455, section 4.2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from actors.addresses import Network, client_of
from protocol.aurorialink import AURORIALINK, token_frame
from protocol.codec import CODECS, Codec

PATH: Final = "/ws"
SUBPROTOCOLS: Final = {**CODECS, AURORIALINK.subprotocol: AURORIALINK}
OFFER: Final = f"offer one of the subprotocols {', '.join(SUBPROTOCOLS)}"
TOKEN_HEADER: Final = b"x-ws-token"
_KEY_BYTES: Final = 16

Headers = Sequence[tuple[bytes, bytes]]


class Refusal(Exception):
    """The request gets this status and text instead of an upgrade."""

    def __init__(self, status: HTTPStatus, text: str, content_type: str = "text/plain; charset=utf-8") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.content_type = content_type


def choose_codec(path: str, headers: Headers, offered: Sequence[str], origins: frozenset[str]) -> Codec:
    """Return the first subprotocol that the client offers and the hub speaks.

    `headers` have lower-case names. Raises Refusal: 404 for another path, 400 for a bad key, 403 for an `Origin` that
    is not in `origins`, 400 without a known subprotocol.
    """
    if path.partition("?")[0] != PATH:
        raise Refusal(HTTPStatus.NOT_FOUND, f"WebSocket connections are taken at {PATH}")
    check_key(headers, OFFER)
    if any(origin.decode("latin-1").lower() not in origins for origin in _values(headers, b"origin")):
        raise Refusal(HTTPStatus.FORBIDDEN, "this Origin may not connect")
    for name in offered:
        if name in SUBPROTOCOLS:
            return SUBPROTOCOLS[name]
    raise Refusal(HTTPStatus.BAD_REQUEST, OFFER)


def check_key(headers: Headers, hint: str) -> None:
    """Raise Refusal for a key that is none: the library would answer it."""
    if not _is_key(_values(headers, b"sec-websocket-key")):
        raise Refusal(HTTPStatus.BAD_REQUEST, f"Sec-WebSocket-Key must be 16 bytes in base64; {hint}")


def first_words(codec: Codec, headers: Headers) -> str | None:
    """Return what the client has said in its handshake instead of a first frame: a view's token."""
    tokens = [] if codec.native else _values(headers, TOKEN_HEADER)
    return token_frame(tokens[0].decode("latin-1")) if tokens else None


def client_address(headers: Headers, peer: str, proxies: Sequence[Network]) -> str:
    """Return the address that the connection is made for; see `actors.addresses.client_of`."""
    return client_of(peer, [value.decode("latin-1") for value in _values(headers, b"x-forwarded-for")], proxies)


def response(refusal: Refusal) -> bytes:
    """Return the whole HTTP response."""
    body = refusal.text.encode() + b"\n"
    status = refusal.status
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {refusal.content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _is_key(values: Sequence[bytes]) -> bool:
    """Whether there is exactly one, of the right form."""
    try:
        return [len(base64.b64decode(value, validate=True)) for value in values] == [_KEY_BYTES]
    except binascii.Error:
        return False


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]
