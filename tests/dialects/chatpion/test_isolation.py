"""Nothing of another account is readable, writable or guessable: every route × own, another's and no object.

Which routes lead to an object, and which objects there are, comes from the dialect's own table.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from http_edge.dialects.chatpion.routes import Endpoint
from tests.dialects.chatpion.shop import Program, Shop, table

WEBHOOK: Final = {"url": "https://example.com/hook", "events": ["*"]}
FLOW: Final = {"name": "hello", "nodes": [{"id": "start", "type": "start", "next": None}]}
ABSENT: Final = "999999"
BODIES: Final = {"/api/subscribers/<id>": {"name": "taken over"}, "/api/flows/<id>": FLOW}
"""What a route needs in its body to get as far as its object."""
OBJECTS: Final = [endpoint for endpoint in table() if "<id>" in endpoint.route.rule]
ODD: Final = ("0", "-1", "+1", "01", "1.0", "1e1", "x", "%20", "9007199254740993", "9" * 40, "٣")


def named(endpoint: Endpoint) -> str:
    return f"{endpoint.route.method} {endpoint.route.rule}"


def noun_of(endpoint: Endpoint) -> str:
    return endpoint.route.rule.split("/")[2]


def webhook(program: Program, _: str) -> int:
    return int(program.post("/api/webhooks", WEBHOOK).data["id"])


def subscriber(program: Program, name: str) -> int:
    return int(program.post("/api/subscribers", {"platform": "hub", "platform_id": name}).data["id"])


def message(program: Program, name: str) -> int:
    body = {"subscriber_id": subscriber(program, name), "message": "hello"}
    return int(program.post("/api/messages", body).data["id"])


def flow(program: Program, name: str) -> int:
    return int(program.post("/api/flows", FLOW | {"name": name}).data["id"])


def broadcast(program: Program, name: str) -> int:
    body = {"name": name, "message": "hello", "schedule": {"time": "2100-01-01T00:00:00Z"}}
    return int(program.post("/api/broadcasts", body).data["id"])


MAKERS: Final = {
    "broadcasts": broadcast,
    "flows": flow,
    "webhooks": webhook,
    "subscribers": subscriber,
    "messages": message,
}
"""How an object of each kind comes about: a kind of which routes are in the table must have its maker here."""


def call(program: Program, endpoint: Endpoint, id: object) -> Any:
    """What a call is answered with, to the byte, but for what is about the key and not the object."""
    route = endpoint.route
    body = BODIES.get(route.rule) if route.has_body else None
    if route.rule.endswith("/start"):
        body = {"subscriber_id": subscriber(program, "begun with")}
    reply = program.send(route.method, route.rule.replace("<id>", str(id)), json=body)
    headers = {name: value for name, value in reply.headers.items() if name.lower() not in VARYING}
    return reply.status, reply.body, headers


VARYING: Final = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit"}


@pytest.mark.parametrize("endpoint", OBJECTS, ids=named)
def test_anothers_object_is_as_absent_as_none(shop: Shop, endpoint: Endpoint) -> None:
    noun = noun_of(endpoint)
    own = MAKERS[noun](shop.acme, f"own {named(endpoint)}")
    before = everything(shop.acme)
    assert call(shop.beta, endpoint, own) == call(shop.beta, endpoint, ABSENT)
    assert call(shop.beta, endpoint, own)[0] == 404
    assert everything(shop.acme) == before
    assert call(shop.acme, endpoint, own)[0] == 200


def everything(program: Program) -> list[Any]:
    """All that an account can list."""
    paths = ("subscribers", "messages", "broadcasts", "webhooks", "social_accounts")
    return [program.get(f"/api/{path}", limit=100, direction="all").data for path in paths]


@pytest.mark.parametrize("endpoint", OBJECTS, ids=named)
def test_what_can_be_no_id_is_as_absent(shop: Shop, endpoint: Endpoint) -> None:
    absent = call(shop.acme, endpoint, ABSENT)
    assert [call(shop.acme, endpoint, odd) for odd in ODD] == [absent] * len(ODD)


def test_a_message_to_anothers_subscriber_is_none(shop: Shop) -> None:
    own = subscriber(shop.acme, "theirs")
    before = everything(shop.acme)
    replies = [shop.beta.post("/api/messages", {"subscriber_id": each, "message": "hi"}) for each in (own, int(ABSENT))]
    assert replies[0].fault == (404, "Subscriber not found")
    assert replies[0].body == replies[1].body
    assert everything(shop.acme) == before


def test_lists_have_nothing_of_another_account(shop: Shop) -> None:
    listed = subscriber(shop.acme, "listed")
    message(shop.acme, "listed")
    shop.acme.post("/api/social_accounts", {"platform": "facebook", "access_token": "secret"})
    shop.acme.post("/api/webhooks", WEBHOOK)
    ours = {page["id"] for page in shop.beta.get("/api/subscribers", limit=100).data["subscribers"]}
    assert listed not in ours
    assert shop.beta.get("/api/messages", subscriber_id=listed).data["total"] == 0
    assert shop.beta.get("/api/social_accounts").data == []
    assert shop.beta.get("/api/webhooks").data == []


def test_the_same_platform_id_is_somebody_else_in_each_account(shop: Shop) -> None:
    ids = {subscriber(program, "both") for program in (shop.acme, shop.beta)}
    assert len(ids) == 2


def test_no_parameter_names_another_account(shop: Shop) -> None:
    mine = shop.acme.get("/api/account").data["id"]
    assert shop.beta.get("/api/account", account_id=mine, id=mine).data["name"] == "beta"
