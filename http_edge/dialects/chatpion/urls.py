"""URLs that the hub is to call for an account: what is wrong with them is said when they are given. Pure."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from http_edge.dialects.chatpion.errors import bad_input
from http_edge.dialects.chatpion.fields import Fields

MAX_CHARS: Final = 2_048
LOOPBACK: Final = "127.0.0.1"

LetsThrough = Callable[[str], bool]
"""Whether the hub calls this address. A name is resolved, and asked about, at each call."""


def url_in(fields: Fields, name: str, lets_through: LetsThrough) -> str | None:
    """The URL that is given; None for none. Raises `Failed`, 400."""
    text = fields.text(name, most=MAX_CHARS)
    if text is None:
        return None
    parts = _split(text)
    if parts is None or parts.username is not None or not text.isprintable() or " " in text:
        raise bad_input(f"{name} must be a URL that begins with http:// or https://")
    address = _address(parts.hostname or "")
    if address is not None and not lets_through(address):
        raise bad_input(f"{name} leads to an address that this hub does not call")
    return text


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if known else None


def _address(host: str) -> str | None:
    """The address that a host is by itself; None for a name."""
    if host == "localhost" or host.endswith(".localhost"):
        return LOOPBACK
    try:
        return str(ip_address(host))
    except ValueError:
        return None
