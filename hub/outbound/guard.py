"""Which addresses the hub calls on behalf of others: those of the public Internet, and what an administrator allows.

The tables are IANA's registries of special-purpose addresses, spelled out: what `ipaddress` calls global differs from
one version of Python to the next. For IPv6 the question is turned around: only what is handed out to the public is
called.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final

from actors.addresses import Address, Network, address_of, is_in


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in text.split())


SPECIAL_V4: Final = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    # A public address at which machines in Azure, and only they, find their host.
    "168.63.129.16/32"
)
PUBLIC_V6: Final = _networks("2000::/3")
# Within it: protocol assignments with Teredo and ORCHID, documentation, 6to4, the former 6bone.
SPECIAL_V6: Final = _networks("2001::/23 2001:db8::/32 2002::/16 3fff::/20 3ffe::/16")
NAT64: Final = _networks("64:ff9b::/96")
ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})


class Guard:
    """Tells what may be called. `allowed` are the networks that may although they are not public."""

    __slots__ = ("_allowed",)

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def lets_through(self, address: str) -> bool:
        """Whether the hub calls this address. What is no address is not called."""
        try:
            parsed = address_of(address)
        except ValueError:
            return False
        return self._lets_through(parsed)

    def _lets_through(self, address: Address) -> bool:
        if is_in(address, self._allowed):
            return True
        if isinstance(address, IPv4Address):
            return not is_in(address, SPECIAL_V4)
        if is_in(address, NAT64):
            # With DNS64 this is how a public IPv4 host looks; and 10.0.0.1 behind it is 10.0.0.1 all the same.
            return self._lets_through(_last_32_bits(address))
        if _is_isatap(address) and not self._lets_through(_last_32_bits(address)):
            return False
        return is_in(address, PUBLIC_V6) and not is_in(address, SPECIAL_V6)


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFFFFFF in ISATAP
