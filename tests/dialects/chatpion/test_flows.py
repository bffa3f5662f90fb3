"""Flows are saved as they are printed, or refused with the node that is wrong."""

from __future__ import annotations

from typing import Any, Final

from tests.dialects.chatpion.shop import Shop

WELCOME: Final[dict[str, Any]] = {
    "name": "Welcome Flow",
    "description": "Welcome message for new subscribers",
    "status": "active",
    "nodes": [
        {"id": "start", "type": "start", "next": "message1"},
        {"id": "message1", "type": "message", "content": "Welcome to our chatbot!", "next": "question1"},
        {
            "id": "question1",
            "type": "question",
            "content": "How can I help you today?",
            "options": [
                {"label": "Learn more", "value": "learn", "next": "message2"},
                {"label": "Contact support", "value": "support", "next": "message3"},
            ],
        },
        {
            "id": "message2",
            "type": "message",
            "content": "Here's more information about our product...",
            "next": None,
        },
        {
            "id": "message3",
            "type": "message",
            "content": "Please contact our support team at support@example.com",
            "next": None,
        },
    ],
}


def saved(shop: Shop, **changes: Any) -> Any:
    return shop.acme.post("/api/flows", {**WELCOME, **changes}).data


def test_a_flow_is_shown_as_it_is_printed(shop: Shop) -> None:
    made = saved(shop)
    assert list(made) == ["id", "name", "description", "status", "nodes", "created_at", "updated_at"]
    assert {name: made[name] for name in WELCOME} == WELCOME
    assert shop.acme.get(f"/api/flows/{made['id']}").data == made


def test_flows_are_listed_without_their_nodes(shop: Shop) -> None:
    off = saved(shop, status="inactive")
    listed = shop.acme.get("/api/flows", status="inactive", limit=100).data
    assert listed["flows"][-1] == {name: value for name, value in off.items() if name != "nodes"}
    assert {flow["status"] for flow in listed["flows"]} == {"inactive"}
    assert listed["total"] == len(listed["flows"])
    assert shop.acme.get("/api/flows", status="broken").status == 400


def test_a_flow_is_replaced_and_deleted(shop: Shop) -> None:
    made = saved(shop)
    place = f"/api/flows/{made['id']}"
    again = shop.acme.send("PUT", place, json={**WELCOME, "name": "Another", "colour": "red"}).data
    assert (again["id"], again["name"], again["colour"], again["created_at"]) == (
        made["id"],
        "Another",
        "red",
        made["created_at"],
    )
    assert shop.acme.send("DELETE", place).data == {"id": made["id"], "deleted": True}
    assert {shop.acme.send(method, place, json=WELCOME).status for method in ("GET", "PUT", "DELETE")} == {404}
    assert saved(shop)["id"] > made["id"]


def test_what_is_wrong_is_said_with_the_node(shop: Shop) -> None:
    nodes = [*WELCOME["nodes"][:2], {"id": "question1", "type": "jump", "flow_id": 999_999}]
    assert shop.acme.post("/api/flows", {**WELCOME, "nodes": nodes}).fault == (
        400,
        "node 'question1': unknown flow_id 999999",
    )


def test_a_jump_leads_to_flows_of_the_same_account_only(shop: Shop) -> None:
    mine, other = saved(shop)["id"], shop.beta.post("/api/flows", WELCOME).data["id"]
    for flow, status in ((mine, 200), (other, 400)):
        nodes = [{"id": "s", "type": "start", "next": "j"}, {"id": "j", "type": "jump", "flow_id": flow}]
        assert shop.acme.post("/api/flows", {"name": "Jump", "nodes": nodes}).status == status
    assert shop.acme.get(f"/api/flows/{other}").fault == shop.acme.get("/api/flows/999999").fault


def test_a_flow_is_begun_with_a_subscriber(shop: Shop) -> None:
    flow = saved(shop)["id"]
    anna = shop.acme.post("/api/subscribers", {"platform": "hub", "platform_id": "begun"}).data["id"]
    begun = shop.acme.post(f"/api/flows/{flow}/start", {"subscriber_id": anna}).data
    assert begun == {"flow_id": flow, "subscriber_id": anna, "status": "running", "started_at": begun["started_at"]}
    said = shop.acme.get("/api/messages", subscriber_id=anna).data["messages"]
    assert [(each["message"], each["status"], each["flow_id"]) for each in said] == [
        ("Welcome to our chatbot!", "sent", flow),
        ("How can I help you today?\n1. Learn more\n2. Contact support", "sent", flow),
    ]


def test_what_cannot_begin_says_why(shop: Shop) -> None:
    flow, off = saved(shop)["id"], saved(shop, status="inactive")["id"]
    anna = shop.acme.post("/api/subscribers", {"platform": "hub", "platform_id": "not begun"}).data["id"]
    assert shop.acme.post(f"/api/flows/{off}/start", {"subscriber_id": anna}).status == 400
    assert shop.acme.post(f"/api/flows/{flow}/start", {}).status == 400
    assert shop.acme.post(f"/api/flows/{flow}/start", {"subscriber_id": 10**9}).status == 404
    assert shop.beta.post(f"/api/flows/{flow}/start", {"subscriber_id": anna}).status == 404
    assert shop.acme.get("/api/messages", subscriber_id=anna).data["total"] == 0
