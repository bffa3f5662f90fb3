"""Plain HTTP is refused like everything else, but not from this machine, and proxies of ours are believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import trio

from http_edge.peers import Peers, RequireTls
from tests.dialects.aurorialink.conftest import House
from tests.fakes.edge import HttpClient
from tests.fakes.stage import Stage

PROXY = "10.0.0.1"
LOCAL_PROXY = "127.0.0.1"
FAR = "192.0.2.1"


async def build(nursery: trio.Nursery, *proxies: str, require_tls: RequireTls = "auto") -> House:
    house = House(Stage(scripted=False), Peers([ip_network(proxy) for proxy in proxies], require_tls))
    await nursery.start(house.stage.system.run)
    return house


async def status(house: House, address: str, scheme: str, **headers: str) -> int:
    client = HttpClient(house.app, address, scheme)
    form = {"key_access": "access-ci", "type_action": "add_message", "content_message": "x"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await client.post("/app/bot_api.php?route=api_messenger", form, named)).status


@pytest.mark.parametrize(
    ("address", "scheme", "headers", "expected"),
    [
        (FAR, "https", {}, 200),
        (FAR, "http", {}, 404),
        (FAR, "http", {"X_Forwarded_Proto": "https"}, 404),
        (FAR, "http", {"X_Forwarded_Proto": "https", "X_Forwarded_For": "127.0.0.1"}, 404),
        ("127.0.0.1", "http", {}, 200),
        ("127.9.9.9", "http", {}, 200),
        ("::1", "http", {}, 200),
        ("::ffff:127.0.0.1", "http", {}, 200),
        (PROXY, "http", {"X_Forwarded_Proto": "https", "X_Forwarded_For": FAR}, 200),
        (PROXY, "http", {"X_Forwarded_Proto": "HTTPS"}, 200),
        (PROXY, "http", {"X_Forwarded_Proto": "http", "X_Forwarded_For": FAR}, 404),
        (PROXY, "http", {"X_Forwarded_Proto": "https, http", "X_Forwarded_For": FAR}, 404),
        (PROXY, "http", {"X_Forwarded_For": FAR}, 404),
        (PROXY, "http", {"X_Forwarded_For": "127.0.0.1"}, 404),
        (PROXY, "https", {"X_Forwarded_For": FAR}, 200),
        (PROXY, "http", {}, 404),
    ],
)
async def test_tls_is_required_but_of_this_machine(
    nursery: trio.Nursery, address: str, scheme: str, headers: dict[str, str], expected: int
) -> None:
    house = await build(nursery, PROXY)
    assert await status(house, address, scheme, **headers) == expected


@pytest.mark.parametrize(("headers", "expected"), [({}, 404), ({"X_Forwarded_Proto": "https"}, 200)])
async def test_a_proxy_on_this_machine_is_no_program_of_it(
    nursery: trio.Nursery, headers: dict[str, str], expected: int
) -> None:
    house = await build(nursery, LOCAL_PROXY)
    assert await status(house, LOCAL_PROXY, "http", **headers) == expected


@pytest.mark.parametrize(
    ("require_tls", "address", "scheme", "expected"),
    [
        ("always", "127.0.0.1", "http", 404),
        ("always", "127.0.0.1", "https", 200),
        ("always", FAR, "http", 404),
        ("never", FAR, "http", 200),
        ("never", PROXY, "http", 200),
    ],
)
async def test_how_strictly_is_a_setting(
    nursery: trio.Nursery, require_tls: RequireTls, address: str, scheme: str, expected: int
) -> None:
    house = await build(nursery, PROXY, require_tls=require_tls)
    assert await status(house, address, scheme) == expected


async def test_a_wrong_key_over_plain_http_is_not_even_looked_at(nursery: trio.Nursery) -> None:
    house = await build(nursery)
    far = HttpClient(house.app, FAR, "http")
    for _ in range(20):
        await house.says("x", "wrong", far)
    assert await status(house, FAR, "https") == 200


async def test_behind_a_proxy_the_client_is_banned_not_the_proxy(nursery: trio.Nursery) -> None:
    house = await build(nursery, PROXY)
    form = {"key_access": "wrong", "type_action": "add_message", "content_message": "x"}
    client = HttpClient(house.app, PROXY, "https")
    for _ in range(15):
        await client.post("/app/bot_api.php?route=api_messenger", form, {"X-Forwarded-For": f"198.51.100.1, {FAR}"})
    assert await status(house, PROXY, "https", X_Forwarded_For=FAR) == 404
    assert await status(house, PROXY, "https", X_Forwarded_For="198.51.100.1") == 200
    assert await status(house, FAR, "https") == 404
