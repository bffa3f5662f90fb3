"""Who may come in by a WebSocket, and what is behind it: asked by the connection, answered for each kind of client."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

from trio_websocket import WebSocketRequest

from hub.ws.client import Client, Line
from hub.ws.handshake import choose_codec, client_address, first_words
from hub.ws.hearing import Receiver
from hub.ws.terms import Terms
from protocol.codes import MAX_INBOUND_BYTES


class Party(Receiver, Protocol):
    """Who is at the other end of an open WebSocket."""

    @property
    def signed_in(self) -> bool:
        """Whether the hub knows who it is."""

    @property
    def waiting(self) -> int:
        """Bytes that wait for it."""

    def progressed(self) -> None:
        """Some of what waited has left."""

    def go_away(self, retry_ms: int, deadline: float) -> None:
        """The hub stops: it is told, and has until `deadline`."""

    def left(self) -> None:
        """The connection is over. Called once."""


class Admission(NamedTuple):
    """The request is answered with this subprotocol, if any; then `open` makes a party of its connection.

    `words` are what it has said in its request already.
    """

    subprotocol: str | None
    open: Callable[[Line], Party]
    words: str | None = None


class Usher(Protocol):
    """One for all connections of a kind. No message may be larger than `max_bytes`."""

    @property
    def max_bytes(self) -> int: ...

    def judge(self, request: WebSocketRequest, address: str) -> Admission:
        """Let the peer at this address in. Raises `hub.ws.handshake.Refusal`."""


class NativeUsher:
    """Lets those in who speak one of the hub's own subprotocols."""

    max_bytes = MAX_INBOUND_BYTES

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def judge(self, request: WebSocketRequest, address: str) -> Admission:
        """See `Usher`."""
        terms, headers = self._terms, request.headers
        codec = choose_codec(request.path, headers, request.proposed_subprotocols, terms.origins)
        address = client_address(headers, address, terms.proxies)
        party = partial(Client, codec=codec, terms=terms, address=address)
        return Admission(codec.subprotocol, party, first_words(codec, headers))
