"""Which addresses are called, and that no spelling of another one reaches a listener on this machine."""

from ipaddress import ip_network
from pathlib import Path

import httpcore
import pytest
import trio

from actors.ports import NotAllowed, OutboundError
from hub.outbound import Client, Guard, Limits
from hub.outbound.backend import GuardedBackend
from tests.hub.outbound.server import says, serving


def listed(text: str) -> list[str]:
    return text.split()


LOOPBACK_V6 = ["::1"] if Path("/proc/net/if_inet6").exists() else []

PUBLIC = listed(
    """
    1.1.1.1 8.8.8.8 93.184.216.34 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255
    172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255
    2606:2800:220:1:248:1893:25c8:1946 2a00:1450:4001:80b::200e ::ffff:8.8.8.8 64:ff9b::808:808 2001:4860:4860::8888
"""
)

FORBIDDEN = listed(
    """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
    169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
    198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1
    64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1
    2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 3fff::1 3ffe::1 4000::1 5f00::1 fc00::1 fd00:ec2::254
    fe80::1 fe80::1%lo fe80::1%25 fec0::1 ff02::1 ff0e::1 2a00:1450::5efe:7f00:1 2a00:1450::200:5efe:10.0.0.1
    not-an-address 127.1 2130706433
"""
)

# Ways to say 127.0.0.1 or ::1, some of which work and some of which somebody has believed to.
HOSTS = listed(
    """
    127.0.0.1 127.1 127.0.1 127.127.127.127 127.0.0.1. 0 0.0.0.0 localhost LOCALHOST localhost. ip6-localhost 2130706433
    017700000001 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 0177.0.0.01 00000177.0.0.1 127.0.0.0x1 127.000.000.001
    0x7F.0x0.0x0.0x1 ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127｡0｡0｡1 ⓛocalhost loc%61lhost 127.0.0.1%2e 127%2E0.0.1
    [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::] [::127.0.0.1] [::1%25lo] [::1%lo] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [0:0:0:0:0:ffff:127.0.0.1] [::FFFF:7F00:0001] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [2002:7f00:1::]
    [::ffff:0:7f00:1] [fe80::1%25lo] [::1]. [127.0.0.1] me@127.0.0.1 bot.invalid@127.0.0.1 bot.invalid:80@127.0.0.1
    bot.invalid%40127.0.0.1 127.0.0.1:80@127.0.0.1 [::ffff:127.0.0.1]@localhost a@b@127.0.0.1
"""
)
URLS = [
    "http://127.0.0.1:PORT#@bot.invalid/",
    "http://127.0.0.1:PORT?@bot.invalid/",
    "http://127.0.0.1:PORT\\@bot.invalid/",
    "http:\\\\127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:/127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "http:////127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "\thttp://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\r\nHost: bot.invalid/",
    "http://127.0.0.1 :PORT/",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1\0:PORT/",
    "HTTP://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
    "https://[::1]:PORT/",
    "ftp://127.0.0.1:PORT/",
    "file://127.0.0.1:PORT/etc/passwd",
    "gopher://127.0.0.1:PORT/_GET",
    "http+unix://127.0.0.1:PORT/",
]
SPELLINGS = [f"http://{host}:PORT/" for host in HOSTS] + URLS


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address: str) -> None:
    assert Guard().lets_through(address)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_all_others_are_not(address: str) -> None:
    assert not Guard().lets_through(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00::7"])
def test_what_an_administrator_allows_is_called(address: str) -> None:
    guard = Guard([ip_network("10.1.0.0/16"), ip_network("fd00::/64")])
    assert guard.lets_through(address)
    assert not guard.lets_through("10.2.0.1")
    assert not guard.lets_through("::1")


async def test_no_spelling_reaches_this_machine() -> None:
    assert len(SPELLINGS) >= 60
    async with serving(also=LOOPBACK_V6) as canary:
        client = Client(Guard(), Limits(timeout_s=2.0))
        for spelling in SPELLINGS:
            with pytest.raises(OutboundError):
                await client.post(spelling.replace("PORT", str(canary.port)), {}, b"").__aenter__()
        assert canary.connections == 0


async def test_the_canary_sings() -> None:
    """What the test above sees nothing of does happen when it is allowed."""
    hosts = [
        "localhost",
        "127.1",
        "0x7f000001",
        "[::ffff:127.0.0.1]",
        "me@127.0.0.1",
        *(f"[{v6}]" for v6 in LOOPBACK_V6),
    ]
    client = Client(Guard([ip_network("127.0.0.0/8"), ip_network("::1")]))
    async with serving(says(200), also=LOOPBACK_V6) as canary:
        for host in hosts:
            async with client.post(canary.url(host=host), {}, b"") as answer:
                assert answer.status == 200
        assert canary.connections == len(hosts)


async def test_a_redirect_to_this_machine_is_not_followed() -> None:
    async with serving() as canary, serving(says(307, b"", Location=canary.url()), host="127.0.0.2") as server:
        async with Client(Guard([ip_network("127.0.0.2/32")])).post(server.url(host="127.0.0.2"), {}, b"") as answer:
            assert answer.status == 307
        assert (server.connections, canary.connections) == (1, 0)


# ---------------------------------------------------------------------------------------------- names


class Names:
    """A resolver that anybody could run: it says another thing each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return answer


class Wire(httpcore.AsyncNetworkBackend):
    """Connects to nobody and writes down to whom it would have been."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(self, host: str, *args: object, **more: object) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        raise httpcore.ConnectError


async def test_a_name_is_resolved_once_and_the_checked_address_is_called() -> None:
    names, wire = Names(["93.184.216.34"], ["127.0.0.1"]), Wire()
    with pytest.raises(OutboundError):
        await GuardedBackend(Guard(), resolve=names, inner=wire).connect_tcp("rebind.example", 80, timeout=1)
    assert (names.asked, wire.dialled) == (1, ["93.184.216.34"])


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["10.0.0.1", "93.184.216.34"],
        ["93.184.216.34", "::ffff:10.0.0.1"],
    ],
)
async def test_one_forbidden_address_forbids_the_name(addresses: list[str]) -> None:
    wire = Wire()
    with pytest.raises(NotAllowed):
        await GuardedBackend(Guard(), resolve=Names(addresses), inner=wire).connect_tcp("mixed.example", 80, timeout=1)
    assert wire.dialled == []


async def test_every_address_is_tried_in_turn() -> None:
    names, wire = Names(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]), Wire()
    with pytest.raises(OutboundError):
        await GuardedBackend(Guard(), resolve=names, inner=wire).connect_tcp("two.example", 80, timeout=1)
    assert wire.dialled == ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]


async def test_a_name_that_leads_here_is_not_called_the_second_time_either() -> None:
    async with serving() as canary:
        client = Client(Guard(), resolve=Names(["127.0.0.1"]))
        for _ in range(3):
            with pytest.raises(NotAllowed):
                await client.post(canary.url(host="rebind.example"), {}, b"").__aenter__()
        assert canary.connections == 0


async def test_a_look_up_that_hangs_is_cut_at_the_deadline() -> None:
    async def hang(host: str, port: int) -> list[str]:
        await trio.sleep_forever()
        raise AssertionError

    with pytest.raises(OutboundError):
        await GuardedBackend(Guard(), resolve=hang).connect_tcp("slow.example", 80, timeout=0.05)
