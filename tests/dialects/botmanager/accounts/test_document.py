"""What the OpenAPI document says of every route of the dialect."""

from __future__ import annotations

import json
import re
from typing import Any

from http_edge.dialects.botmanager.routes import Access, Endpoint
from tests.dialects.botmanager.accounts.house import House
from tests.fakes.edge import HttpClient


async def document(house: House) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((await HttpClient(house.app).get("/openapi.json")).body)
    return loaded


def operation(loaded: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    route = endpoint.route
    found: dict[str, Any] = loaded["paths"][re.sub(r"<(\w+)>", r"{\1}", route.rule)][route.method.lower()]
    return found


async def test_every_route_is_described_with_the_statuses_that_follow_from_it(house: House) -> None:
    loaded = await document(house)
    for endpoint in house.botmanager.endpoints:
        found, access = operation(loaded, endpoint), endpoint.route.access
        assert found["summary"]
        assert found["tags"] == ["botmanager"]
        assert {"200", "500", "503"} <= set(found["responses"])
        assert ("401" in found["responses"]) or access is Access.ANYBODY
        assert ("404" in found["responses"]) or "<" not in endpoint.route.rule
        assert ("400" in found["responses"]) or endpoint.body is endpoint.query is None


async def test_failures_are_described_as_they_are(house: House) -> None:
    loaded = await document(house)
    (login,) = [each for each in house.botmanager.endpoints if each.route.rule == "/api/auth/login"]
    described = operation(loaded, login)["responses"]["401"]["content"]["application/json"]["schema"]
    name = described["$ref"].rpartition("/")[2]
    assert name == "botmanager.Unauthorized"
    assert list(loaded["components"]["schemas"][name]["properties"]) == ["error"]


async def test_each_place_is_routed_once_and_every_part_of_a_path_leads_somewhere(house: House) -> None:
    routes = [endpoint.route for endpoint in house.botmanager.endpoints]
    assert len({(route.method, route.rule) for route in routes}) == len(routes)
    for endpoint in house.botmanager.endpoints:
        names = re.findall(r"<(\w+)>", endpoint.route.rule)
        assert names in ([], ["user"], ["bot"]) or endpoint.find is not None
        assert (endpoint.route.access is Access.SELF) == (names == ["user"])
        assert (endpoint.route.access in (Access.OWNER, Access.BOT)) == (bool(names) and names != ["user"])
