"""Whose a request is: the client's address and whether it came over TLS, through whatever proxies stand before us."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from quart import Request
from werkzeug.datastructures import Headers

from actors.addresses import Address, Network, address_of, client_of, is_in, network_of

RequireTls = Literal["auto", "always", "never"]

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)


class Peer(NamedTuple):
    """Who asks. `address` is the client's.

    `proxied`: a proxy of ours speaks for it. `encrypted`: it came over TLS to us, or that proxy says it did to it.
    """

    address: str
    proxied: bool
    encrypted: bool

    @property
    def network(self) -> str:
        """What its attempts are counted by: the IPv4 address, or the /64 of an IPv6 one."""
        return network_of(self.address)

    @property
    def is_local(self) -> bool:
        """Whether it is a program on this machine, with no proxy in between."""
        address = _parsed(self.address)
        return not self.proxied and address is not None and address.is_loopback


class Peers:
    """Knows our proxies, and how strictly TLS is required (`trusted_proxies`, `require_tls`). Immutable."""

    __slots__ = ("_proxies", "_require_tls")

    def __init__(self, proxies: Sequence[Network] = (), require_tls: RequireTls = "auto") -> None:
        self._proxies = proxies
        self._require_tls = require_tls

    def of(self, request: Request) -> Peer:
        """Return who asks. `X-Forwarded-For` and `-Proto` count only when they come from a proxy of ours."""
        return self.behind(request.remote_addr or "", request.headers, tls=request.scheme == "https")

    def behind(self, address: str, headers: Headers, *, tls: bool) -> Peer:
        """Return who asks by a connection from this address, made with TLS or without."""
        remote = _parsed(address)
        if remote is None or not is_in(remote, self._proxies):
            return Peer(address if remote is None else str(remote), proxied=False, encrypted=tls)
        client = client_of(str(remote), headers.getlist("X-Forwarded-For"), self._proxies)
        return Peer(client, proxied=True, encrypted=tls or _last_proto(headers) == "https")

    def are_safe(self, peer: Peer) -> bool:
        """Whether secrets may come in this way.

        `always`: over TLS only; `never`: any way; `auto`: over TLS, or from this machine.
        """
        if self._require_tls == "never":
            return True
        return peer.encrypted or (self._require_tls == "auto" and peer.is_local)


def base_url(request: Request, peer: Peer, public_url: str | None) -> str:
    """Return the hub's URL as the client knows it, without a slash at the end: `public_url`, or where the request went.

    A `Host` that is none counts for nothing; then it is the address that took the connection.
    """
    if public_url is not None:
        return public_url.rstrip("/")
    return own_url(request.headers, peer, request.scope.get("server") or ("localhost", 80))


def own_url(headers: Headers, peer: Peer, server: tuple[str, int | None]) -> str:
    """Return the hub's URL as `Host` has it, or else the address that took the connection."""
    host = headers.get("Host", "")
    if not _HOST.fullmatch(host):
        host = "{}:{}".format(*server)
    return f"{'https' if peer.encrypted else 'http'}://{host}"


def _parsed(text: str) -> Address | None:
    try:
        return address_of(text)
    except ValueError:
        return None


def _last_proto(headers: Headers) -> str:
    # The last one is what our own proxy wrote; a client may have sent what stands before it.
    values = headers.getlist("X-Forwarded-Proto")
    return values[-1].rpartition(",")[2].strip().lower() if values else ""
