"""What a session listens to over its life: places, replays, failures, sleep, and the end."""

import pytest
import trio
from trio.testing import MockClock

from actors.messages import conversation as to
from actors.messages.outcomes import Done
from actors.messages.session import Admitted, Close
from actors.runtime.reply import Reply
from actors.session.state import Listening
from actors.values import Caller, Who
from protocol.codec import Codec
from protocol.codes import CloseCode
from tests.fakes.stage import Client, Stage


@pytest.fixture
async def alice(stage: Stage, codec: Codec) -> Client:
    client = stage.client(codec)
    await client.sign_in()
    return client


def caller(stage: Stage, number: int) -> Caller:
    found = stage.store.accounts.living(Who("user", number))
    assert found is not None
    return found


async def test_room_in_the_outbox_brings_the_rest_of_the_conversations_that_wait(alice: Client, stage: Stage) -> None:
    before = len(stage.conversations.told_of(1, to.CatchUp))
    alice.door.drained([1, 99])
    await stage.settle()
    assert len(stage.conversations.told_of(1, to.CatchUp)) == before + 1
    assert stage.conversations.told_of(99, to.CatchUp) == []
    assert await alice.hears() == []


async def test_whoever_is_let_in_listens_from_the_event_that_did_it(alice: Client, stage: Stage) -> None:
    conv = stage.store.add_conversation("closed", [caller(stage, 2), caller(stage, 1)])
    stage.system.ref("session", alice.session).tell(Admitted(conv=conv, epoch=1, seq=4), urgent=True)
    await stage.settle()
    assert [m.after for m in stage.conversations.told_of(conv, to.Subscribe)] == [(1, 3)]
    assert [m.session for m in stage.conversations.told_of(conv, to.CatchUp)] == [alice.session]
    assert await alice.hears() == []


async def test_whoever_is_out_again_before_that_has_no_place(alice: Client, stage: Stage) -> None:
    conv = stage.store.add_conversation("closed", [caller(stage, 2)])
    stage.system.ref("session", alice.session).tell(Admitted(conv=conv, epoch=1, seq=4), urgent=True)
    await stage.settle()
    alice.leave()
    await stage.settle()
    assert stage.conversations.told_of(conv, to.CatchUp) == []
    assert stage.conversations.told_of(conv, to.Unsubscribe) == []


async def test_who_leaves_before_hearing_of_an_invitation_gives_the_place_up(alice: Client, stage: Stage) -> None:
    conv = stage.store.add_conversation("closed", [caller(stage, 1)])
    session = alice.session
    stage.switchboard.sessions[session].progress.invited.add(conv)
    alice.leave()
    await stage.settle()
    assert [m.session for m in stage.conversations.told_of(conv, to.Unsubscribe)] == [session]


async def test_an_admission_that_a_conversation_fails_over_is_made_good(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    conv = stage.store.add_conversation("closed", [caller(stage, 1)])
    stage.conversations.scripts[conv][to.Subscribe] = RuntimeError("injected")
    stage.system.ref("session", alice.session).tell(Admitted(conv=conv, epoch=1, seq=4), urgent=True)
    await stage.settle()
    stage.conversations.scripts.clear()
    await trio.sleep(3)
    assert stage.conversations.listeners(conv) == [alice.session]
    assert [m.after for m in stage.conversations.told_of(conv, to.Subscribe)] == [(1, 3), (1, 3)]
    assert stage.conversations.told_of(conv, to.CatchUp)


async def test_a_replay_that_a_conversation_fails_over_is_asked_for_again(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    stage.conversations.scripts[1][to.CatchUp] = RuntimeError("injected")
    alice.door.drained([1])
    await stage.settle()
    del stage.conversations.scripts[1][to.CatchUp]
    before = len(stage.conversations.told_of(1, to.CatchUp))
    await trio.sleep(3)
    assert len(stage.conversations.told_of(1, to.CatchUp)) == before + 1
    await trio.sleep(30)
    assert len(stage.conversations.told_of(1, to.CatchUp)) == before + 1


async def test_close_ends_the_connection(alice: Client, stage: Stage) -> None:
    stage.system.ref("session", alice.session).tell(Close(code=CloseCode.REVOKED, reason="gone"))
    await stage.settle()
    assert alice.gate.closed == (CloseCode.REVOKED, "gone")


async def test_an_idle_session_has_no_actor_and_loses_nothing(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    await alice.asks(t="user.search", ref=2)
    await trio.sleep(60)
    statistics = stage.system.statistics()
    assert (statistics["session"].actors, statistics["desk"].actors) == (0, 0)
    assert (await alice.asks(t="user.search", ref=3))["t"] == "ok"
    before = len(stage.conversations.told_of(1, to.CatchUp))
    alice.door.drained([1])
    await stage.settle()
    assert len(stage.conversations.told_of(1, to.CatchUp)) == before + 1
    assert stage.conversations.listeners(1) == [alice.session]
    assert stage.failures == []


async def test_the_end_of_a_connection_is_told_everywhere(alice: Client, stage: Stage) -> None:
    session = alice.session
    alice.leave()
    alice.leave()
    await stage.settle()
    assert [m.session for m in stage.conversations.told_of(1, to.Unsubscribe)] == [session]
    assert stage.conversations.listeners(1) == []
    assert not stage.switchboard.sessions
    assert stage.failures == []


async def test_the_end_is_told_even_to_a_conversation_with_a_full_mailbox(nursery: trio.Nursery) -> None:
    stage = Stage(conversation_mailbox=1)
    stage.store.add_conversation("closed", [stage.store.add_user("alice")])
    gate = trio.Event()

    async def stuck(_conv: int, _message: to.Publish, reply: Reply) -> None:
        await gate.wait()
        reply.answer(Done())

    stage.conversations.scripts[1][to.Publish] = stuck
    await nursery.start(stage.system.run)
    alice = stage.client()
    await alice.sign_in()
    for n in range(3):
        await alice.send(t="publish", ref=n, conv=1, cid=str(n), body="hi")
        await stage.settle()
    alice.leave()
    assert stage.conversations.listeners(1)
    gate.set()
    await stage.settle()
    assert stage.conversations.listeners(1) == []


async def test_the_end_is_told_although_the_conversation_is_out_of_order(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    stage.conversations.scripts[1][to.Delete] = RuntimeError("injected")
    for ref in range(3):
        await alice.send(t="delete", ref=ref, conv=1, id=1)
        await trio.sleep(1)
    assert stage.system.statistics()["conversation"].quarantined == 1
    alice.leave()
    assert stage.conversations.listeners(1) == []
    assert stage.switchboard.statistics()["rooms"] == 0


async def test_a_connection_that_never_signed_in_ends_without_a_trace(stage: Stage) -> None:
    client = stage.client()
    client.door.drained([1])
    client.leave()
    await stage.settle()
    assert stage.failures == []


def fail_once(monkeypatch: pytest.MonkeyPatch, method: str, *, times: int = 1) -> None:
    """Let a rule of the session raise before it has done anything."""
    healthy = getattr(Listening, method)
    left = [times]

    def flaky(self: Listening, *args: object) -> object:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("injected")
        return healthy(self, *args)

    monkeypatch.setattr(Listening, method, flaky)


async def test_drained_survives_a_failure(
    alice: Client, stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(stage.conversations.told_of(1, to.CatchUp))
    fail_once(monkeypatch, "drained")
    alice.door.drained([1])
    await trio.sleep(1)
    assert len(stage.conversations.told_of(1, to.CatchUp)) > before
    assert stage.failed_kinds() == ["session"]
    assert alice.code is None


async def test_admitted_survives_a_failure(
    alice: Client, stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    conv = stage.store.add_conversation("closed", [caller(stage, 1)])
    fail_once(monkeypatch, "admitted")
    stage.system.ref("session", alice.session).tell(Admitted(conv=conv, epoch=1, seq=4), urgent=True)
    await trio.sleep(1)
    assert [m.after for m in stage.conversations.told_of(conv, to.Subscribe)] == [(1, 3)]
    assert stage.failed_kinds() == ["session"]


@pytest.mark.parametrize("method", ["placed", "caught_up"])
async def test_what_conversations_say_survives_a_failure(
    alice: Client, stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    conv = stage.store.add_conversation("closed", [caller(stage, 1)])
    fail_once(monkeypatch, method)
    stage.system.ref("session", alice.session).tell(Admitted(conv=conv, epoch=1, seq=4), urgent=True)
    await trio.sleep(1)
    assert stage.conversations.told_of(conv, to.CatchUp)
    assert stage.failed_kinds() == ["session"]
    assert not stage.switchboard.sessions[alice.session].progress.wanted


async def test_synced_survives_a_failure(
    stage: Stage, codec: Codec, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_once(monkeypatch, "caught_up")
    alice = stage.client(codec)
    await alice.send(t="hello", ref=1, token="token-alice", device="phone")
    await trio.sleep(1)
    assert [frame["t"] for frame in alice.outbox.take_frames()] == ["welcome", "synced"]
    assert stage.failed_kinds() == ["session"]


@pytest.mark.parametrize(
    ("method", "script"), [("setback", RuntimeError("injected")), ("again", RuntimeError("injected"))]
)
async def test_trying_again_survives_a_failure(
    alice: Client,
    stage: Stage,
    autojump_clock: MockClock,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    script: Exception,
) -> None:
    fail_once(monkeypatch, method)
    stage.conversations.scripts[1][to.CatchUp] = script
    alice.door.drained([1])
    await stage.settle()
    stage.conversations.scripts[1].clear()
    before = len(stage.conversations.told_of(1, to.CatchUp))
    await trio.sleep(5)
    assert len(stage.conversations.told_of(1, to.CatchUp)) > before
    assert "session" in stage.failed_kinds()
    assert alice.code is None


async def test_a_session_that_fails_again_and_again_is_sent_away_to_resume(
    alice: Client, stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = stage.client()
    await bob.sign_in("bob")
    fail_once(monkeypatch, "drained", times=1_000)
    alice.door.drained([1])
    await trio.sleep(10)
    assert alice.code == CloseCode.GOING_AWAY
    assert set(stage.failed_kinds()) == {"session"}
    assert bob.code is None
    bob.outbox.take_frames()
    assert (await bob.asks(t="publish", ref=1, conv=1, cid="c", body="hi"))["t"] == "ok"
