"""Signing in and being signed out."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.values import Who
from protocol.codes import CloseCode
from tests.fakes.stage import Client, Stage

ALICE, CI = Who("user", 1), Who("bot", 1)


async def by_password(client: Client, username: str, password: str, device: str = "phone") -> list[dict[str, Any]]:
    """Sign in and wait for what comes of it."""
    await client.send(t="hello", ref=1, username=username, password=password, device=device)
    return await client.hears()


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["t"] for frame in frames]


# -------------------------------------------------------------------------------------------- credentials


async def test_a_user_and_a_bot_sign_in_by_token(stage: Stage) -> None:
    assert (await stage.client().sign_in("alice"))[0]["self"]["kind"] == "user"
    me = (await stage.client().sign_in("ci"))[0]["self"]
    assert me == {"kind": "bot", "id": 1, "name": "ci", "role": "bot"}


async def test_a_user_signs_in_by_password(stage: Stage, autojump_clock: MockClock) -> None:
    assert kinds(await by_password(stage.client(), "alice", "secret")) == ["welcome", "synced"]


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("bob", "secret"), ("nobody", "secret"), ("", "")]
)
async def test_a_wrong_password_is_4403_after_the_same_time_for_all(
    stage: Stage, autojump_clock: MockClock, username: str, password: str
) -> None:
    client = stage.client()
    began = trio.current_time()
    assert await by_password(client, username, password) == []
    assert client.code == CloseCode.NOT_AUTHENTICATED
    assert trio.current_time() - began == pytest.approx(stage.passwords.takes_s)
    assert len(stage.passwords.verified) == 1
    assert not client.door.signed_in


async def test_a_wrong_token_is_4403(stage: Stage) -> None:
    client = stage.client()
    assert await client.sign_in("nobody") == []
    assert client.code == CloseCode.NOT_AUTHENTICATED


# -------------------------------------------------------------------------------------------- too many attempts


async def test_too_many_wrong_passwords_from_an_address_have_to_wait(stage: Stage, autojump_clock: MockClock) -> None:
    for _ in range(3):
        await by_password(stage.client(), "alice", "wrong")
    client = stage.client()
    (error,) = await by_password(client, "alice", "secret")
    assert (error["t"], error["ref"], error["code"]) == ("error", 1, "rate_limited")
    assert 19_000 < error["retry_ms"] <= 20_001
    assert client.code == CloseCode.GOING_AWAY
    assert len(stage.passwords.verified) == 3
    assert kinds(await by_password(stage.client(address="192.0.2.2"), "alice", "secret", "tablet"))[0] == "welcome"
    await trio.sleep(error["retry_ms"] / 1_000)
    assert kinds(await by_password(stage.client(), "alice", "secret"))[0] == "welcome"


async def test_attempts_at_once_are_no_way_around_the_limit(stage: Stage, autojump_clock: MockClock) -> None:
    clients = [stage.client() for _ in range(10)]
    async with trio.open_nursery() as nursery:
        for client in clients:
            nursery.start_soon(by_password, client, "alice", "wrong")
    codes = [client.code for client in clients]
    assert codes.count(CloseCode.NOT_AUTHENTICATED) == 3
    assert codes.count(CloseCode.GOING_AWAY) == 7


async def test_an_unreadable_store_is_nobodys_wrong_password(stage: Stage, autojump_clock: MockClock) -> None:
    stage.store.unreadable = True
    for _ in range(5):
        (error,) = await by_password(stage.client(), "alice", "secret")
        assert error["code"] == "unavailable"
    stage.store.unreadable = False
    assert kinds(await by_password(stage.client(), "alice", "secret"))[0] == "welcome"


async def test_right_passwords_are_not_counted(stage: Stage, autojump_clock: MockClock) -> None:
    for _ in range(10):
        assert kinds(await by_password(stage.client(), "alice", "secret"))[0] == "welcome"


async def test_right_passwords_that_come_all_at_once_are_all_let_in(stage: Stage, autojump_clock: MockClock) -> None:
    for n in range(20):
        stage.store.add_user(f"user{n}", password_hash="hash of secret")
    clients = [stage.client() for _ in range(20)]
    async with trio.open_nursery() as nursery:
        for n, client in enumerate(clients):
            nursery.start_soon(by_password, client, f"user{n}", "secret")
    assert all(client.door.signed_in for client in clients)


async def test_who_waits_for_others_attempts_is_refused_when_they_were_wrong(
    stage: Stage, autojump_clock: MockClock
) -> None:
    wrong, right = [stage.client() for _ in range(3)], stage.client()
    async with trio.open_nursery() as nursery:
        for client in wrong:
            nursery.start_soon(by_password, client, "alice", "wrong")
        await trio.sleep(0.05)
        (error,) = await by_password(right, "alice", "secret")
    assert error["code"] == "rate_limited"
    assert len(stage.passwords.verified) == 3


async def test_a_sign_in_that_is_given_up_leaves_nobody_waiting(stage: Stage, autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as outer, trio.open_nursery() as inner:
        for _ in range(3):
            inner.start_soon(by_password, stage.client(), "alice", "wrong")
        await trio.sleep(0.05)
        outer.start_soon(by_password, late := stage.client(), "alice", "secret")
        await trio.sleep(0.01)
        inner.cancel_scope.cancel()
    assert late.code == CloseCode.GOING_AWAY


async def test_tokens_are_not_held_up_by_wrong_passwords(stage: Stage, autojump_clock: MockClock) -> None:
    for _ in range(4):
        await by_password(stage.client(), "alice", "wrong")
    assert kinds(await stage.client().sign_in("bob"))[0] == "welcome"


async def test_one_ipv6_customer_is_one_address(stage: Stage, autojump_clock: MockClock) -> None:
    for n in range(3):
        await by_password(stage.client(address=f"2001:db8::{n}"), "alice", "wrong")
    last = stage.client(address="2001:db8::ffff")
    assert kinds(await by_password(last, "alice", "secret")) == ["error"]
    assert kinds(await by_password(stage.client(address="2001:db8:0:1::1"), "alice", "secret"))[0] == "welcome"


# -------------------------------------------------------------------------------------------- devices


async def test_one_device_too_many_ends_the_oldest(stage: Stage) -> None:
    clients = [stage.client() for _ in range(3)]
    for n, client in enumerate(clients):
        await client.sign_in(device=f"device {n}")
    assert [client.code for client in clients] == [CloseCode.DEVICE_LIMIT, None, None]
    assert len(stage.switchboard.of(ALICE)) == 2


async def test_the_same_device_replaces_itself(stage: Stage) -> None:
    phone, tablet, again = (stage.client() for _ in range(3))
    await phone.sign_in(device="phone")
    await tablet.sign_in(device="tablet")
    await again.sign_in(device="phone")
    assert [client.code for client in (phone, tablet, again)] == [CloseCode.REPLACED, None, None]
    assert {session.device for session in stage.switchboard.of(ALICE)} == {"phone", "tablet"}


async def test_bots_have_the_same_limit(stage: Stage) -> None:
    clients = [stage.client() for _ in range(3)]
    for n, client in enumerate(clients):
        await client.sign_in("ci", device=f"device {n}")
    assert [client.code for client in clients] == [CloseCode.DEVICE_LIMIT, None, None]


async def test_the_limit_is_exact_however_many_come_at_once(stage: Stage) -> None:
    clients = [stage.client() for _ in range(20)]
    async with trio.open_nursery() as nursery:
        for n, client in enumerate(clients):
            nursery.start_soon(client.sign_in, "alice", f"device {n}")
    assert len(stage.switchboard.of(ALICE)) == 2
    assert [client.code for client in clients].count(None) == 2
    assert [client.code for client in clients].count(CloseCode.DEVICE_LIMIT) == 18


async def test_somebody_else_has_a_count_of_their_own(stage: Stage) -> None:
    alice, bob = stage.client(), stage.client()
    await alice.sign_in("alice", device="phone")
    await bob.sign_in("bob", device="phone")
    assert (alice.code, bob.code) == (None, None)


async def test_an_ended_device_leaves_no_place_behind(stage: Stage) -> None:
    alice = stage.store.accounts.living(ALICE)
    assert alice is not None
    conv = stage.store.add_conversation("closed", [alice])
    first, second = stage.client(), stage.client()
    await first.sign_in()
    await second.sign_in()
    first.leave()
    await stage.settle()
    assert stage.conversations.listeners(conv) == [second.session]


# -------------------------------------------------------------------------------------------- revocation


async def test_a_revoked_credential_ends_its_sessions_only(stage: Stage, autojump_clock: MockClock) -> None:
    token, password, bob = (stage.client() for _ in range(3))
    await token.sign_in(device="a")
    await by_password(password, "alice", "secret", "b")
    await bob.sign_in("bob")
    stage.doorman.revoke(ALICE, "token")
    assert [client.code for client in (token, password, bob)] == [CloseCode.REVOKED, None, None]
    stage.doorman.revoke(ALICE)
    assert [client.code for client in (token, password, bob)] == [CloseCode.REVOKED, CloseCode.REVOKED, None]


async def test_a_token_that_dies_while_it_is_looked_up_lets_nobody_in(
    stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = stage.store.accounts.by_token

    async def slow(token: str) -> object:
        found = await healthy(token)
        await trio.sleep(1)
        return found

    monkeypatch.setattr(stage.store.accounts, "by_token", slow)
    client = stage.client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.sign_in, "ci")
        await trio.sleep(0.5)
        await stage.store.accounts.rotate_bot(1, "token")
        stage.doorman.revoke(CI, "token")
    assert client.code == CloseCode.NOT_AUTHENTICATED
    assert stage.switchboard.of(CI) == []


async def test_a_new_password_ends_the_other_sessions_that_came_by_password(
    stage: Stage, autojump_clock: MockClock
) -> None:
    mine, other = stage.client(), stage.client()
    await by_password(mine, "alice", "secret", "mine")
    await by_password(other, "alice", "secret", "other")
    await mine.send(t="user.update", ref=2, password="long enough", old_password="secret")
    await trio.sleep(1)
    assert mine.outbox.take_frames()[-1]["t"] == "ok"
    assert (mine.code, other.code) == (None, CloseCode.REVOKED)
    assert kinds(await by_password(stage.client(), "alice", "long enough", "third"))[0] == "welcome"


async def test_guessing_the_old_password_is_limited_too(stage: Stage, autojump_clock: MockClock) -> None:
    client = stage.client()
    await client.sign_in()
    for ref in range(4):
        await client.send(t="user.update", ref=ref, password="long enough", old_password="guess")
        await trio.sleep(0.5)
    codes = [frame["code"] for frame in client.outbox.take_frames()]
    assert codes == ["forbidden", "forbidden", "forbidden", "rate_limited"]


async def test_right_old_passwords_are_not_counted(stage: Stage, autojump_clock: MockClock) -> None:
    client = stage.client()
    await client.sign_in()
    for ref in range(6):
        await client.send(t="user.update", ref=ref, password="secretsecret", old_password="secret" * min(ref + 1, 2))
        await trio.sleep(0.5)
    assert [frame["t"] for frame in client.outbox.take_frames()] == ["ok"] * 6


async def test_a_first_password_needs_no_old_one(stage: Stage, autojump_clock: MockClock) -> None:
    bob = stage.client()
    await bob.sign_in("bob")
    await bob.send(t="user.update", ref=2, password="long enough")
    await trio.sleep(1)
    assert bob.outbox.take_frames()[-1]["t"] == "ok"
    assert await stage.store.accounts.password_hash(2) == "hash of long enough"
