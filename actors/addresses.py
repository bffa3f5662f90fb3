"""Internet addresses and web origins: whose a request is, and what those who knock too often are counted by. Pure."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def address_of(text: str) -> Address:
    """The address, without a zone, an IPv4-mapped one as IPv4. Raises ValueError."""
    address = ip_address(text.strip().partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of the networks holds it."""
    return any(address in network for network in networks)


def client_of(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The address that a request is made for: the peer's own, unless it is one of our proxies.

    Then it is the last one in `forwarded`, the values of `X-Forwarded-For` in order, that is no proxy of ours: what
    stands before it anybody can write. A header that makes no sense counts for nothing.
    """
    hops = [hop for value in forwarded for hop in value.split(",")]
    address = peer
    while hops and is_in(address_of(address), proxies):
        try:
            address = str(address_of(hops.pop()))
        except ValueError:
            return peer
    return address


def network_of(address: str) -> str:
    """What attempts are counted by: an IPv4 address, or the /64 of an IPv6 one, which is one customer."""
    try:
        parsed = address_of(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def origin_of(url: str, *, exact: bool = False) -> str:
    """Return the origin of a URL as browsers send it. Raises ValueError; with `exact`, also when there is more."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError
    if exact and (parts.path or parts.query or parts.fragment):
        raise ValueError
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
