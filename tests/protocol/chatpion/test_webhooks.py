"""Webhooks, against the package of their specification."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from protocol import chatpion
from protocol.chatpion.webhooks import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "A" * 32
EVENT = {"event": "message.read", "timestamp": "2023-01-01T00:00:00Z", "data": {"id": 1, "message": "Zoë"}}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def headers(body: bytes = BODY, secret: str = SECRET, at_s: float | None = None) -> dict[str, str]:
    """What the specification's own package sends."""
    at_s = time.time() if at_s is None else at_s
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(at_s, UTC), body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at_s)), "webhook-signature": signature}


def test_what_the_package_signs_is_verified() -> None:
    expected = chatpion.Event("msg_1", "message.read", "2023-01-01T00:00:00Z", {"id": 1, "message": "Zoë"})
    assert chatpion.verify_webhook(SECRET, headers(), BODY) == expected
    assert chatpion.verify_webhook(SECRET, headers(), BODY.decode()) == expected


def test_what_is_signed_here_is_verified_by_the_package() -> None:
    assert Webhook(SECRET).verify(BODY, chatpion.sign_webhook(SECRET, BODY)) == EVENT
    assert Webhook(SECRET).verify(BODY, chatpion.sign_webhook(SECRET, BODY.decode())) == EVENT


def test_a_call_keeps_its_id_when_it_is_repeated_and_has_its_own_otherwise() -> None:
    assert chatpion.sign_webhook(SECRET, b"", call_id="a")["webhook-id"] == "a"
    assert len({chatpion.sign_webhook(SECRET, b"")["webhook-id"] for _ in range(10)}) == 10


def test_names_of_headers_are_in_any_case() -> None:
    assert chatpion.verify_webhook(SECRET, {name.title(): value for name, value in headers().items()}, BODY)


def test_one_of_several_signatures_is_enough() -> None:
    both = headers() | {
        "webhook-signature": f"v1a,x {headers(secret=OTHER)['webhook-signature']} {headers()['webhook-signature']}"
    }
    assert chatpion.verify_webhook(SECRET, both, BODY).event == "message.read"


def test_a_message_to_a_connector_has_no_time() -> None:
    body = b'{"event": "message", "data": {"id": 1}}'
    assert chatpion.verify_webhook(SECRET, headers(body), body) == chatpion.Event("msg_1", "message", None, {"id": 1})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "1", "v1,", "ü", "v1,ü"])
def test_nothing_passes_without_its_headers(name: str, value: str | None) -> None:
    sent = headers()
    if value is None:
        del sent[name]
    else:
        sent[name] = value
    with pytest.raises(chatpion.BadSignature):
        chatpion.verify_webhook(SECRET, sent, BODY)


def test_nothing_passes_with_another_secret_or_body() -> None:
    with pytest.raises(chatpion.BadSignature):
        chatpion.verify_webhook(OTHER, headers(), BODY)
    with pytest.raises(chatpion.BadSignature):
        chatpion.verify_webhook(SECRET, headers(), BODY + b" ")


@pytest.mark.parametrize(("late_s", "passes"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_what_was_sent_long_ago_or_is_to_come_does_not_pass(late_s: int, passes: bool) -> None:
    sent = headers(at_s=1_700_000_000)
    if passes:
        assert chatpion.verify_webhook(SECRET, sent, BODY, now_s=1_700_000_000 + late_s)
    else:
        with pytest.raises(chatpion.BadSignature, match="not sent just now"):
            chatpion.verify_webhook(SECRET, sent, BODY, now_s=1_700_000_000 + late_s)


@pytest.mark.parametrize("timestamp", ["-1", "1e9", "now", "١٧٠"])
def test_a_time_that_is_none_does_not_pass_however_well_signed(timestamp: str) -> None:
    signed = chatpion.sign_webhook(SECRET, BODY)
    sent = {**signed, "webhook-timestamp": timestamp, "webhook-signature": signature(timestamp)}
    with pytest.raises(chatpion.BadSignature, match="not sent just now"):
        chatpion.verify_webhook(SECRET, sent | {"webhook-id": "a"}, BODY)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"event": "x"}', b"\xff"])
def test_what_is_signed_but_no_event_does_not_pass(body: bytes) -> None:
    with pytest.raises(chatpion.BadSignature, match="no event"):
        chatpion.verify_webhook(SECRET, chatpion.sign_webhook(SECRET, body), body)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_?", "whsec_a"])
def test_a_secret_that_is_none_is_refused_rather_than_believed(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        chatpion.verify_webhook(secret, headers(), BODY)


def signature(timestamp: str) -> str:
    return sign(SECRET, "a", timestamp, BODY)
