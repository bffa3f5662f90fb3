"""What other platforms tell: from those who may, about those whom it concerns, once."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
import trio

from actors.chatpion.signing import key_of, signature
from actors.chatpion.values import Account, SocialAccount
from actors.messages.outcomes import Done, Refused
from actors.subscriber.inbound import Inbound
from protocol.codes import ErrorCode
from tests.actors.subscriber.parlour import Parlour
from tests.fakes.memory_chatpion import SECRET

OTHERS = "whsec_b3RoZXJzLXNlY3JldC1vdGhlcnMtc2VjcmV0"


def inbound(parlour: Parlour) -> Inbound:
    chatpion = parlour.chatpion
    return Inbound(
        connected=chatpion.social,
        subscribers=chatpion.subscribers,
        letters=chatpion.letters,
        owners=chatpion.tenants,
        clock=parlour.clock,
        refs=parlour.system,
    )


async def posts(
    parlour: Parlour, social: SocialAccount, id: str = "m1", secret: str = SECRET, **told: object
) -> object:
    """The endpoint of an account calls."""
    body, timestamp = json.dumps(told).encode(), str(parlour.clock.now_ms() // 1_000)
    signed = signature(key_of(secret) or b"", id, timestamp, body)
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signed}
    return await inbound(parlour).take(social.id, headers, body)


def code_of(outcome: object) -> ErrorCode:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


@pytest.fixture
def account(parlour: Parlour) -> Account:
    return parlour.chatpion.account()


@pytest.fixture
def social(parlour: Parlour, account: Account) -> SocialAccount:
    return parlour.chatpion.social.connect(account, "webhook", url="http://a.example")


async def test_who_writes_for_the_first_time_is_a_subscriber_and_says_it_once(
    parlour: Parlour, social: SocialAccount
) -> None:
    async with parlour.open():
        for _ in range(2):
            assert await posts(parlour, social, platform_id="7", message="hello") == Done()
        await trio.sleep(1)
        (anna,) = parlour.chatpion.subscribers.rows.values()
        assert (anna.platform, anna.platform_id) == ("webhook", "7")
        assert [(message.sender.id, message.body) for message in parlour.said(anna)] == [(anna.user, "hello")]
        assert await posts(parlour, social, id="m2", platform_id="7", message="hello") == Done()
        assert parlour.bodies(anna) == ["hello", "hello"]


async def test_what_is_not_signed_or_makes_no_sense_does_nothing(parlour: Parlour, social: SocialAccount) -> None:
    async with parlour.open():
        refused = await posts(parlour, social, secret=OTHERS, platform_id="7", message="hello")
        assert code_of(refused) is ErrorCode.UNAUTHENTICATED
        assert code_of(await posts(parlour, social, platform_id="7")) is ErrorCode.BAD_REQUEST
        gone = await inbound(parlour).take(99, {}, b"")
        assert code_of(gone) is ErrorCode.NOT_FOUND
        assert parlour.chatpion.subscribers.rows == {}


async def test_a_status_counts_for_messages_of_the_account_and_the_platform(
    parlour: Parlour, account: Account, social: SocialAccount
) -> None:
    anna = parlour.chatpion.subscriber(account, "7", platform="webhook")
    other = parlour.chatpion.account("Other")
    foreign = parlour.chatpion.subscriber(other, "7")
    async with parlour.open():
        ours, theirs = await parlour.send(anna, "hi"), await parlour.send(foreign, "hi")
        assert await posts(parlour, social, message_id=ours.id, status="read") == Done()
        outcome = await posts(parlour, social, message_id=theirs.id, status="read")
        assert code_of(outcome) is ErrorCode.NOT_FOUND
        assert parlour.states() == ["read", "sent"]


async def test_meta_tells_and_asks(parlour: Parlour, account: Account) -> None:
    social = parlour.chatpion.social.connect(account, "facebook")
    messaging = [{"sender": {"id": "7"}, "message": {"mid": "m1", "text": "hi"}}]
    body = json.dumps({"entry": [{"messaging": messaging}]}).encode()
    headers = {"x-hub-signature-256": f"sha256={hmac.new(b'app', body, hashlib.sha256).hexdigest()}"}
    async with parlour.open():
        assert await inbound(parlour).take(social.id, headers, body) == Done()
        assert code_of(await inbound(parlour).take(social.id, {}, body)) is ErrorCode.UNAUTHENTICATED
        (anna,) = parlour.chatpion.subscribers.rows.values()
        assert parlour.bodies(anna) == ["hi"]
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify", "hub.challenge": "42"}
    assert await inbound(parlour).challenge(social.id, asked) == "42"
    assert code_of(await inbound(parlour).challenge(social.id, {})) is ErrorCode.FORBIDDEN


async def test_while_the_store_is_away_it_is_to_come_again(parlour: Parlour, social: SocialAccount) -> None:
    async with parlour.open():
        parlour.chatpion.unreadable = True
        outcome = await posts(parlour, social, platform_id="7", message="hello")
        assert code_of(outcome) is ErrorCode.UNAVAILABLE
