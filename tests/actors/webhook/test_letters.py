"""What is sent, to the letter."""

import json
from typing import Any

from actors.values import Call, Caller, Occasion, Receiver
from actors.webhook import letters
from protocol.frames import Actor, Message

ALICE = Actor("user", 42, "Alice")
BOT = Caller("bot", 456, "bot", "bot")
RECEIVER = Receiver(BOT, "http://h/", "whsec_aGVscA==", "456-abc123def456", False)


def occasion(body: str, *, sender: Actor = ALICE, html: str | None = None) -> Occasion:
    message = Message(conv=123, seq=7, at=1_769_860_800_123, id=789, sender=sender, body=body, cid="c", html=html)
    return Occasion(message, "General", "closed")


def cordless(body: str, **more: Any) -> Any:
    return json.loads(letters.cordless(occasion(body, **more), RECEIVER))


def test_the_payload_is_the_documents() -> None:
    assert cordless("Hey @bot, what's the weather?") == {
        "user": {"id": 42, "name": "Alice"},
        "room": {"id": 123, "name": "General", "path": "/rooms/123/456-abc123def456/messages"},
        "message": {
            "id": 789,
            "body": {"html": "<p>Hey @bot, what's the weather?</p>", "plain": "what's the weather?"},
            "path": "/rooms/123/messages/789",
        },
    }


def test_markup_is_shown_and_what_looks_like_it_is_not() -> None:
    assert cordless("**hi**", html="<p><strong>hi</strong></p>")["message"]["body"] == {
        "html": "<p><strong>hi</strong></p>",
        "plain": "**hi**",
    }
    assert cordless("1 < 2\n& 3")["message"]["body"]["html"] == "<p>1 &lt; 2<br>&amp; 3</p>"


def test_the_sender_may_be_a_bot() -> None:
    assert cordless("hi", sender=Actor("bot", 7, "ci"))["user"] == {"id": 7, "name": "ci"}


def test_a_key_that_the_hub_does_not_know_is_not_made_up() -> None:
    receiver = Receiver(BOT, "http://h/", None, None, False)
    room = json.loads(letters.cordless(occasion("hi"), receiver))["room"]
    assert room["path"] == "/rooms/123/456-/messages"


def test_an_event_carries_the_native_frame() -> None:
    assert json.loads(letters.event(occasion("hi"), RECEIVER)) == {
        "type": "message.created",
        "timestamp": "2026-01-31T12:00:00.123Z",
        "data": {
            "conversation": {"id": 123, "kind": "closed", "name": "General"},
            "message": {
                "t": "message",
                "conv": 123,
                "seq": 7,
                "at": 1_769_860_800_123,
                "id": 789,
                "from": {"kind": "user", "id": 42, "name": "Alice"},
                "body": "hi",
                "cid": "c",
            },
        },
    }


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example that the libraries of the specification test themselves with."""
    signed = letters.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_headers_name_the_call_the_time_and_the_type() -> None:
    call = Call("msg_1", 1, 2, 0, 3)
    sent = letters.headers(call, b"{}", RECEIVER.secret, 1_700_000_000_999)
    assert sent == {
        "Content-Type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": letters.signature("whsec_aGVscA==", "msg_1", "1700000000", b"{}"),
    }
    assert "webhook-signature" not in letters.headers(call, b"{}", None, 0)
