"""Whose a request is, and what those who knock too often are counted by."""

from ipaddress import ip_network

import pytest

from actors.addresses import client_of, network_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ["198.51.100.9"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.7, 198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", ["198.51.100.9", "10.0.0.2"], "198.51.100.9"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", ["198.51.100.9, unknown"], "10.0.0.1"),
    ],
    ids=["not ours", "forged before", "two headers", "mapped", "no address"],
)
def test_only_our_proxies_speak_for_others(peer: str, forwarded: list[str], client: str) -> None:
    assert client_of(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
    ],
)
def test_addresses_are_counted_by_customer(address: str, network: str) -> None:
    assert network_of(address) == network
