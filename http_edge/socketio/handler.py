"""What stands behind the sessions: who may join, and what comes of what they say."""

from __future__ import annotations

from typing import Any, Protocol

from http_edge.socketio.handshake import Handshake
from protocol.socketio.parcel import Parcel


class Peer(Protocol):
    """A session, as handlers see it. No call blocks or raises; once it has ended they do nothing."""

    @property
    def client_id(self) -> str:
        """What it knows itself by; no secret."""

    @property
    def handshake(self) -> Handshake:
        """What its first request said of it."""

    def emit(self, event: str, *args: Any) -> None:
        """Tell it something; `args` are JSON, or bytes anywhere in it."""

    def send(self, parcel: Parcel) -> None:
        """Tell it what was made ready for many."""

    def offer(self, parcel: Parcel) -> bool:
        """Tell it something that can wait elsewhere. False: it is behind, or has left, and nothing was sent."""

    def dismiss(self) -> None:
        """Put it out: stock clients stay away until their program has them connect again."""


class Handler(Protocol):
    """One for a server. Calls for one peer never overlap; a bug in one ends that peer's session only."""

    async def connect(self, peer: Peer, auth: Any) -> Any:
        """Let the peer in: `auth` is any JSON, what its `handshake` says is known. Raises `Denied`."""

    def joined(self, peer: Peer, admitted: Any) -> None:
        """It is in, and has been told so. `admitted`: what `connect` has returned just before. Never blocks."""

    async def event(self, peer: Peer, name: str, args: list[Any]) -> list[Any]:
        """Handle what the peer says; return what that is acknowledged with, if it asked for it.

        `args` are JSON with bytes in it, of any shape and depth. Cancelled when the peer hangs up meanwhile.
        """

    def left(self, peer: Peer) -> None:
        """It is not in any more: called exactly once for each `joined`. Never blocks or raises."""
