"""What the document shows is what is answered; and each fault of a client's has its place."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.dialects.botlive.market import PAID, PHOTO, Market, beside_the_hub

NAMED: Final = [("body", each) for each in ("company_id", "user_id", "message")]
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
EMPTY: Final = {
    "produit": "", "paiement": "", "zone": "", "numero": "", "completion_rate": 0, "is_complete": False
}  # fmt: skip
FULL: Final = {
    "produit": "✅PRODUIT:lingettes[MESSAGE]",
    "paiement": "✅PAIEMENT:2020 FCFA[TRANSACTIONS]",
    "zone": "✅ZONE:Yopougon-1500 FCFA[MESSAGE]",
    "numero": "✅NUMÉRO:0709876543[MESSAGE]",
    "completion_rate": 100,
    "is_complete": True,
}


def test_a_message_is_answered_as_documented(market: Market) -> None:
    answer = market.says("+225XXXXXXXXX", "Bonjour", "4OS4yFcf2LZwxhKojbAVbKuVuSdb")
    assert list(answer) == ["success", "response", "order_status", "next_step", "duration_ms", "request_id"]
    assert answer["success"] is True
    assert answer["response"]
    assert answer["order_status"] == EMPTY
    assert answer["next_step"] == "produit"
    assert isinstance(answer["duration_ms"], int)
    assert answer["request_id"]


def test_the_id_of_a_request_is_that_of_its_log_line(market: Market) -> None:
    body = {"company_id": "awa", "user_id": market.customer(), "message": "Bonjour"}
    reply = market.post("/message", body)
    assert reply.headers["X-Request-Id"] == reply.data["request_id"]
    assert re.search(rf"route=/botlive/message .* ms=.* request_id={reply.data['request_id']}", market.hub.log_text())


def test_an_order_comes_about_as_the_workflow_of_whatsapp_has_it(market: Market) -> None:
    user = market.customer()
    # n8n writes what is missing as an empty text, and lists as JSON.
    steps = [
        market.says(user, text, images=images)["next_step"]
        for text, images in (
            ("lingettes", ""),
            (PAID.format(2020, "WAVE-ABC123"), "[]"),
            ("Yopougon", None),
            ("0709876543", []),
        )
    ]
    assert steps == ["paiement", "zone", "numero", "completed"]
    assert market.says(user, "merci")["order_status"] == FULL


def test_a_listener_hears_of_orders_as_the_workflow_of_webhooks_has_it(market: Market) -> None:
    company, user = market.company(), market.customer()
    settings = {"name": "Chez Eux", "catalogue": [{"name": "lingettes", "price": 5000}]}
    assert market.send("PUT", f"/admin/company/{company}", json=settings).data["name"] == "Chez Eux"
    with beside_the_hub() as beside:
        body = {"webhook_url": beside.url, "company_id": company}
        secret = market.post("/webhook/register", body).data["config"]["secret"]
        market.says(user, "lingettes", company)
        market.says(user, PAID.format(1500, "SHORT1"), company)
        market.says(user, PAID.format(500, "REST1"), company)
        market.says(user, "Yopougon, 0709876543", company)
        wait_for(lambda: len(beside.taken) == 3)
        told = [json.loads(each.body) for each in beside.taken]
    assert [each["event"] for each in told] == ["intervention_required", "payment_validated", "order_completed"]
    assert all(TIME.fullmatch(each["timestamp"]) for each in told)
    assert all(each["data"]["user_id"] == user and each["data"]["company_id"] == company for each in told)
    assert told[0]["data"]["message"] == "Montant insuffisant: 1500 FCFA reçu, 2000 FCFA requis"
    assert told[0]["data"]["type"] == "payment_issue"
    assert (told[1]["data"]["amount"], told[1]["data"]["currency"]) == (2000, "FCFA")
    assert told[2]["data"]["order_status"]["is_complete"] is True
    assert all(is_signed(each.headers, each.body, secret) for each in beside.taken)


def test_figures_are_as_documented(market: Market) -> None:
    nobody = market.get(f"/stats/{market.company()}", time_range="nonsense").data
    assert nobody | {"updated_at": "T"} == {
        "ca_live_session": 0.0,
        "ca_variation": "0%",
        "commandes_total": 0,
        "commandes_variation": "0",
        "clients_actifs": 0,
        "interventions_requises": 0,
        "time_range": "today",
        "updated_at": "T",
    }
    company = sold(market)
    market.completed(market.customer(), company)
    reply = market.get(f"/stats/{company}", time_range="week")
    figures = reply.data
    assert b'"ca_live_session":5000.0' in reply.body
    assert figures | {"updated_at": "T"} == {
        "ca_live_session": 5000.0,
        "ca_variation": "+100%",
        "commandes_total": 1,
        "commandes_variation": "+1",
        "clients_actifs": 1,
        "interventions_requises": 0,
        "time_range": "week",
        "updated_at": "T",
    }
    assert TIME.fullmatch(figures["updated_at"])


def test_active_orders_are_as_documented(market: Market) -> None:
    company, user = sold(market), market.customer()
    market.says(user, "lingettes", company, user_name="Sophie Laurent")
    market.says(user, PAID.format(2020, "ACTIVE1"), company)
    market.says(user, "Yopougon", company)
    (order,) = (found := market.get(f"/orders/active/{company}").data)["orders"]
    assert found["success"] is True
    assert found["total"] == 1
    assert TIME.fullmatch(order.pop("created_at"))
    assert order == {
        "user_id": user,
        "user_name": "Sophie Laurent",
        "produit": "1x lingettes",
        "paiement": "2020 FCFA",
        "zone": "Yopougon",
        "numero": "",
        "completion_rate": 75,
    }
    market.says(market.customer(), "lingettes", company)
    limited = market.get(f"/orders/active/{company}", limit=1).data
    assert (len(limited["orders"]), limited["total"]) == (1, 2)


def test_interventions_are_as_documented_and_can_be_settled(market: Market) -> None:
    company, user = sold(market), market.customer()
    market.says(user, "lingettes", company)
    market.says(user, PAID.format(1500, "SHORT2"), company)
    found = market.get(f"/interventions/{company}").data
    (one,) = found["interventions"]
    assert (found["success"], found["count"]) == (True, 1)
    assert (one["user_id"], one["type"], one["message"]) == (user, "payment_issue", "Montant insuffisant détecté")
    assert one["order_status"]["completion_rate"] == 25
    assert TIME.fullmatch(one["created_at"])
    settled = market.post(f"/interventions/{one['id']}/resolve", {"action": "accept", "amount": 1500}).data
    assert settled["order_status"]["paiement"] == "✅PAIEMENT:1500 FCFA[TRANSACTIONS]"
    assert settled["next_step"] == "zone"
    assert market.get(f"/interventions/{company}").data == {"success": True, "interventions": [], "count": 0}
    assert market.post(f"/interventions/{one['id']}/resolve", {"action": "reject"}).status == 409
    assert market.post("/interventions/999999/resolve", {"action": "reject"}).status == 404
    assert market.post(f"/interventions/{one['id']}/resolve", {"action": "nod"}).places == [("body", "action")]


def test_activity_is_as_documented(market: Market) -> None:
    company, user = sold(market), market.customer()
    market.says(user, "lingettes", company, user_name="Sophie Laurent")
    market.completed(user, company)
    found = market.get(f"/activity/{company}").data
    assert found["success"] is True
    assert found["activities"][0] == {
        "type": "commande_enregistree",
        "client": "Sophie Laurent",
        "produit": "1x lingettes",
        "timestamp": "à l'instant",
    }
    awaited = [each for each in found["activities"] if each["type"] == "paiement_en_cours"]
    assert awaited == [{"type": "paiement_en_cours", "client": "Sophie Laurent", "timestamp": "à l'instant"}]
    assert len(market.get(f"/activity/{company}", limit=2).data["activities"]) == 2


def test_a_webhook_is_registered_once_and_keeps_its_secret(market: Market) -> None:
    company = market.company()
    body = {"webhook_url": "https://n8n.example.com/webhook/botlive", "company_id": company}
    first = market.post("/webhook/register", body).data
    assert (first["success"], first["message"]) == (True, "Webhook enregistré")
    config = first["config"]
    assert list(config) == ["id", "webhook_url", "events", "company_id", "secret", "created_at"]
    assert config["events"] == ["order_completed", "payment_validated", "intervention_required"]
    assert config["secret"].startswith("whsec_")
    again = market.post("/webhook/register", body | {"events": ["staff_message"]}).data["config"]
    assert again == config | {"events": ["staff_message"]}
    listed = market.get(f"/webhook/{company}").data
    assert listed["webhooks"] == [{name: again[name] for name in again if name != "secret"}]
    assert market.send("DELETE", f"/webhook/{config['id']}").data["success"] is True
    assert market.send("DELETE", f"/webhook/{config['id']}").status == 404
    assert market.get(f"/webhook/{company}").data["webhooks"] == []


@pytest.mark.parametrize("events", [[], ["order_lost"], "order_completed", [1]])
def test_events_that_there_are_not_cannot_be_registered_for(market: Market, events: Any) -> None:
    body = {"webhook_url": "https://n8n.example.com/", "company_id": "awa", "events": events}
    assert market.post("/webhook/register", body).places == [("body", "events")]
    assert market.post("/webhook/register", body | {"webhook_url": "n8n"}).places[0] == ("body", "webhook_url")


def test_a_test_of_a_webhook_shows_what_is_answered(market: Market) -> None:
    with beside_the_hub() as beside:
        found = market.post("/webhook/test", webhook_url=beside.url).data
        assert found == {"success": True, "status_code": 200, "response": "OK"}
        assert "webhook-signature" not in beside.taken[-1].headers
        assert json.loads(beside.taken[-1].body).keys() == {"event", "timestamp", "data"}
        beside.status, beside.answer = 302, b"\xc3\xa9" * 3000
        moved = market.post("/webhook/test", webhook_url=beside.url).data
        assert moved == {"success": False, "status_code": 302, "response": "é" * 1000}
        body = {"webhook_url": beside.url, "company_id": market.company()}
        secret = market.post("/webhook/register", body).data["config"]["secret"]
        market.post("/webhook/test", webhook_url=beside.url)
        assert is_signed(beside.taken[-1].headers, beside.taken[-1].body, secret)
    unreachable = {"success": False, "status_code": None, "response": "unreachable"}
    for url in (beside.url, "http://10.0.0.1/", "http://nowhere.invalid/", "ftp://x/", "nonsense"):
        assert market.post("/webhook/test", webhook_url=url).data == unreachable
    assert market.post("/webhook/test").places == [("query", "webhook_url")]


def test_the_state_is_cleared_as_documented(market: Market) -> None:
    user = market.customer()
    market.says(user, "lingettes")
    market.says(user, "Yopougon", sold(market))
    told = {"success": True, "message": f"État réinitialisé pour {user}"}
    assert market.post(f"/admin/clear-state/{user}", company_id="awa").data == told
    assert market.says(user, "hm")["order_status"] == EMPTY
    assert market.post(f"/admin/clear-state/{user}").data == told
    assert market.post("/admin/clear-state/+nobody").data["message"] == "État réinitialisé pour +nobody"


def test_a_completed_order_is_cancelled_by_staff(market: Market) -> None:
    company, user = sold(market), market.customer()
    market.completed(user, company)
    assert market.post(f"/orders/{user}/cancel", company_id=company).data["success"] is True
    assert market.get(f"/stats/{company}").data["commandes_total"] == 0
    assert market.post(f"/orders/{user}/resume", company_id=company).data["success"] is True
    assert market.post("/orders/nobody/resume", company_id=company).status == 404
    assert market.post(f"/orders/{user}/resume").places == [("query", "company_id")]


def test_settings_are_shown_as_they_were_put(market: Market) -> None:
    company = market.company()
    assert market.get(f"/admin/company/{company}").status == 404
    put = market.send("PUT", f"/admin/company/{company}", json={"deposit": 500, "staff": ["awa"]}).data
    assert put == market.get(f"/admin/company/{company}").data
    assert (put["company_id"], put["deposit"], put["currency"], len(put["zones"])) == (company, 500, "FCFA", 13)
    for body, place in (
        ({"deposit": 0}, ("body", "deposit")),
        ({"zones": [{"name": "Yop", "fee": -1}]}, ("body", "zones", "0", "fee")),
        ({"staff": ["nobody"]}, ("body", "staff", "0")),
        ({"catalogue": [{"name": "x", "photos": ["0" * 64]}]}, ("body", "catalogue")),
        ({"company_id": "another"}, ("body", "company_id")),
    ):
        assert market.send("PUT", f"/admin/company/{company}", json=body).places == [place]


def test_health_and_pages(market: Market) -> None:
    health = market.get("/health").data
    assert TIME.fullmatch(health.pop("timestamp"))
    assert health == {"status": "healthy", "engine": "initialized"}
    assert [market.send("GET", f"/..{page}").status for page in ("/docs", "/dashboard", "/dashboard/dashboard.js")] == (
        [200, 200, 200]
    )


def test_failures_beside_the_handlers_have_the_same_shape(market: Market) -> None:
    assert (market.get("/nothing").status, market.get("/nothing").json) == (404, {"detail": "Not Found"})
    assert (market.send("PUT", "/message").status, market.get("/message").json) == (
        405,
        {"detail": "Method Not Allowed"},
    )
    huge = market.send("POST", "/message", data=b'{"message": "' + b"x" * 1_048_576 + b'"}')
    assert (huge.status, list(huge.json)) == (413, ["detail"])


@pytest.mark.parametrize("path", ["/message", "/message/stream"])
@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b"", [("body",)]),
        (b"{", [("body",)]),
        (b"[]", [("body",)]),
        ({}, [("body", "company_id"), ("body", "user_id")]),
        ({"company_id": "awa", "user_id": "x"}, [("body", "message")]),
        ({"company_id": "awa", "user_id": "x", "message": " ", "images": ["", None]}, [("body", "message")]),
        ({"company_id": " ", "user_id": "x" * 129, "message": "x"}, [("body", "company_id"), ("body", "user_id")]),
        ({"company_id": 1, "user_id": True, "message": 3}, NAMED),
        ({"company_id": "awa", "user_id": 1.5, "message": "x" * 10_001}, [("body", "user_id"), ("body", "message")]),
        ({"company_id": "awa", "user_id": "x", "images": 7}, [("body", "images")]),
        ({"company_id": "awa", "user_id": "x", "images": [{}]}, [("body", "images")]),
        ({"company_id": "awa", "user_id": "x", "images": ["http://x/"] * 11}, [("body", "images")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_message_is_told_with_its_place(
    market: Market, path: str, body: Any, places: list[tuple[str, ...]]
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body)
    assert market.send("POST", path, data=data).places == places


@pytest.mark.parametrize("limit", ["0", "501", "x", "1.5", ""])
def test_a_limit_is_a_whole_number_up_to_500(market: Market, limit: str) -> None:
    for path in ("/orders/active/awa", "/activity/awa"):
        assert market.get(path, limit=limit).places == [("query", "limit")]


def test_a_user_may_be_a_number_and_a_body_any_type(market: Market) -> None:
    company = market.company()
    body = json.dumps({"company_id": company, "user_id": 225070000, "message": "Yopougon"})
    assert market.send("POST", "/message", {"Content-Type": "text/plain"}, data=body).status == 200
    assert market.get(f"/orders/active/{company}").data["orders"][0]["user_id"] == "225070000"


def test_an_image_that_cannot_be_had_leads_to_a_question_and_the_text_counts(market: Market) -> None:
    with beside_the_hub() as beside:
        answer = market.says(market.customer(), "Yopougon", images=f"{beside.url}, http://10.0.0.1/x.jpg,")
    assert answer["order_status"]["zone"] == "✅ZONE:Yopougon-1500 FCFA[MESSAGE]"
    assert "image" in answer["response"]
    broken = market.post("/message", {"company_id": "awa", "user_id": market.customer(), "images": "no url"})
    assert broken.data["order_status"] == EMPTY


def test_the_photo_of_a_product_is_the_product_and_stands_in_the_room(market: Market) -> None:
    user = market.customer()
    with beside_the_hub() as beside:
        beside.answer = PHOTO
        answer = market.says(user, "", images=json.dumps([f"{beside.url}product.jpg"]))
    assert answer["response"] == "Photo reçue ! Dépôt: 2000 FCFA"
    assert answer["order_status"] == EMPTY | {"produit": "✅PRODUIT:lingettes[VISION]", "completion_rate": 25}
    assert answer["next_step"] == "paiement"


@pytest.mark.parametrize(
    "body",
    [
        b"""{
    "company_id": "4OS4yFcf2LZwxhKojbAVbKuVuSdb",
    "user_id": "+225XXXXXXXXX",
    "message": "Bonjour"
  }""",
        b"""{
    "company_id": "4OS4yFcf2LZwxhKojbAVbKuVuSdb",
    "user_id": "+225XXXXXXXXX",
    "message": "",
    "images": ["https://example.invalid/product.jpg"]
  }""",
        b'{"company_id":"4OS4yFcf2LZwxhKojbAVbKuVuSdb","user_id":"test","message":"Bonjour"}',
        b'{"company_id": "c", "user_id": "+2", "message": "Je veux commander", "images": "{{$json.media_urls}}"}',
        b'{"company_id": "c", "user_id": "+1", "message": "Je", "conversation_history": "User: Bonjour\\nBot: Oui"}',
    ],
)
def test_the_bodies_of_the_document_are_answered(market: Market, body: bytes) -> None:
    answer = market.send("POST", "/message", {"Content-Type": "application/json"}, data=body).data
    assert answer["success"] is True
    assert answer["response"]


def test_the_same_key_gets_the_first_answer(market: Market) -> None:
    body = {"company_id": "awa", "user_id": market.customer(), "message": "lingettes"}
    first = market.send("POST", "/message", {"Idempotency-Key": "k1"}, json=body).data
    again = market.send("POST", "/message", {"Idempotency-Key": "k1"}, json=body | {"message": "Yopougon"}).data
    assert again | {"duration_ms": 0} == first | {"duration_ms": 0}
    other = market.send("POST", "/message", {"Idempotency-Key": "k2"}, json=body | {"message": "Yopougon"}).data
    assert other["order_status"]["zone"]


def test_every_route_is_counted_from_the_start(market: Market) -> None:
    shown = market.send("GET", "/../metrics").body.decode()
    assert 'botlive_requests_total{endpoint="/botlive/stats/<company_id>",method="GET",status="200"}' in shown
    assert 'botlive_errors_total{endpoint="/botlive/message",kind="ocr"} 0.0' in shown
    assert 'botlive_errors_total{endpoint="delivery",kind="webhook"}' in shown
    assert 'botlive_response_time_seconds_bucket{endpoint="/botlive/health",le="+Inf"}' in shown


def sold(market: Market) -> str:
    """A company that sells wipes."""
    company = market.company()
    market.send("PUT", f"/admin/company/{company}", json={"catalogue": [{"name": "lingettes", "price": 5000}]})
    return company


def is_signed(headers: Any, body: bytes, secret: str) -> bool:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return bool(headers["webhook-signature"] == f"v1,{made}")


def wait_for(holds: Callable[[], bool]) -> None:
    """What the hub does behind an answer takes a moment."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
