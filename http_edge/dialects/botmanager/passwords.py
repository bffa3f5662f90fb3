"""Passwords as they come in with requests: verified within limits, hashed when there is room."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from math import ceil

import trio

from actors.auth.guesses import Guesses, TooManyGuesses
from actors.bucket import Buckets, Rate
from actors.ports import Passwords
from actors.values import Who
from http_edge.dialects.botmanager.errors import Failed, expected
from http_edge.gateway import Gateway
from http_edge.peers import Peer


class Desk:
    """Raises `Failed`: 401 for a wrong password, 429 for one too many, 503 when too many wait.

    `requests_per_min`: so often may one address ask for what costs a hash or a letter.
    """

    def __init__(
        self,
        passwords: Passwords,
        guesses: Guesses,
        gateway: Gateway,
        *,
        requests_per_min: int,
        monotonic: Callable[[], float] = trio.current_time,
    ) -> None:
        self._passwords = passwords
        self._guesses = guesses
        self._gateway = gateway
        self._monotonic = monotonic
        self._requests = Buckets(Rate(requests_per_min / 60, requests_per_min))

    async def verify(self, password_hash: str | None, password: str, peer: Peer, account: Who | str) -> str:
        """Return the hash, whose password this is. It takes the same time when there is none."""
        try:
            right = await self._gateway.read(
                self._guesses.verify(password_hash, password, address=peer.address, account=account)
            )
        except TooManyGuesses as error:
            raise _too_many(error.wait_s) from None
        if not expected(right) or password_hash is None:
            raise wrong_password()
        return password_hash

    async def hash(self, password: str) -> str:
        """Return what is stored of a new password."""
        return expected(await self._gateway.read(self._passwords.hash(password)))

    def count(self, peer: Peer) -> None:
        """Count a request that costs something, by its address."""
        wait_s = self._requests.take(peer.network, self._monotonic())
        if wait_s:
            raise _too_many(wait_s)


def wrong_password() -> Failed:
    """Nobody has this name and this password."""
    return Failed(HTTPStatus.UNAUTHORIZED, "Invalid credentials")


def _too_many(wait_s: float) -> Failed:
    return Failed(HTTPStatus.TOO_MANY_REQUESTS, "Too many attempts, try again later", max(1, ceil(wait_s)))
