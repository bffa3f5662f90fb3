"""What comes from other platforms: whose it is, and what it tells."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from actors.chatpion.inbound import BadInbound, Became, Wrote, of_meta, of_webhook
from actors.chatpion.signing import challenge, is_metas, is_signed, key_of

SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"
NOW_S = 1_700_000_000
BODY = b'{"platform_id":"1","message":"hi"}'


def headers(*, at: int = NOW_S, body: bytes = BODY) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}


def test_what_the_package_of_the_specification_signs_is_signed() -> None:
    assert is_signed(SECRET, headers(), BODY, NOW_S * 1_000)
    several = headers() | {"webhook-signature": f"v1,AAAA v1a,x {headers()['webhook-signature']}"}
    assert is_signed(SECRET, several, BODY, NOW_S * 1_000)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(NOW_S + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,é"},
    ],
)
def test_what_was_changed_is_not_signed(change: dict[str, str]) -> None:
    assert not is_signed(SECRET, headers() | change, BODY, NOW_S * 1_000)


def test_what_is_old_or_for_another_secret_is_not_signed() -> None:
    assert not is_signed(SECRET, headers(at=NOW_S - 301), BODY, NOW_S * 1_000)
    assert not is_signed(f"whsec_{base64.b64encode(b'x' * 32).decode()}", headers(), BODY, NOW_S * 1_000)
    assert not is_signed("no secret", headers(), BODY, NOW_S * 1_000)
    assert not is_signed(SECRET, headers(), BODY + b" ", NOW_S * 1_000)


def test_a_secret_is_so_many_bytes_of_base64() -> None:
    def secret(count: int) -> str:
        return f"whsec_{base64.b64encode(b'x' * count).decode()}"

    assert [key_of(secret(count)) is not None for count in (23, 24, 64, 65)] == [False, True, True, False]
    assert key_of("whsec_*") is None
    assert key_of(base64.b64encode(b"x" * 32).decode()) is None


def test_metas_signature_and_question() -> None:
    right = f"sha256={hmac.new(b'app', BODY, hashlib.sha256).hexdigest()}"
    assert is_metas("app", {"x-hub-signature-256": right}, BODY)
    assert not is_metas("app", {"x-hub-signature-256": right}, BODY + b" ")
    assert not is_metas("app", {}, BODY)
    asked = {"hub.mode": "subscribe", "hub.verify_token": "token", "hub.challenge": "42"}
    assert challenge("token", asked) == "42"
    assert challenge("other", asked) is None
    assert challenge(None, asked) is None
    assert challenge("token", asked | {"hub.mode": "x"}) is None


def test_a_webhook_tells_of_a_text_or_of_a_status() -> None:
    assert of_webhook("msg_1", BODY) == Wrote("msg_1", "1", "hi")
    assert of_webhook("msg_1", b'{"message_id":7,"status":"failed","error":"no"}') == Became(7, "failed", "no")
    for bad in (b"{}", b"[]", b"x", b'{"platform_id":"1"}', b'{"message_id":7,"status":"lost"}', b'{"message":"x"}'):
        with pytest.raises(BadInbound):
            of_webhook("msg_1", bad)
    with pytest.raises(BadInbound):
        of_webhook("msg_1", json.dumps({"platform_id": "1", "message": "x" * 10_001}).encode())


def test_meta_tells_of_texts_and_much_else() -> None:
    messaging = [
        {"sender": {"id": "7"}, "timestamp": 1, "message": {"mid": "m1", "text": " hi "}},
        {"sender": {"id": "9"}, "message": {"mid": "m2", "text": "echo", "is_echo": True}},
        {"sender": {"id": "7"}, "read": {"watermark": 1}},
        {"sender": {"id": "7"}, "message": {"mid": "m3", "attachments": []}},
    ]
    body = {"object": "page", "entry": [{"id": "1", "messaging": messaging}, {"id": "2", "changes": []}]}
    assert of_meta(json.dumps(body).encode()) == [Wrote("m1", "7", "hi")]
    with pytest.raises(BadInbound):
        of_meta(b'{"entry": 1}')
