"""An exception anywhere in a conversation touches nothing else, and costs nothing that was acknowledged."""

from collections.abc import Callable
from typing import Any

import pytest
import trio

from actors.conversation.actor import ConversationActor
from actors.messages import conversation as to
from actors.messages.outcomes import Published
from actors.runtime.errors import Crashed, Interrupted
from actors.values import Caller, Counts
from tests.actors.conversation.house import House, Listener


class InjectedError(Exception):
    """The bug."""


def inject(monkeypatch: pytest.MonkeyPatch, kind: type) -> Callable[[], None]:
    """Have the handler of one type of message fail. Returns how to take the bug away again."""
    handlers = ConversationActor._all_handlers

    def fail(message: Any, reply: Any) -> None:
        raise InjectedError

    monkeypatch.setattr(ConversationActor, "_all_handlers", lambda actor: handlers(actor) | {kind: fail})
    return lambda: monkeypatch.setattr(ConversationActor, "_all_handlers", handlers)


def messages(alice: Caller, phone: Listener) -> dict[type, object]:
    """One message of each type, as an alice may send it."""
    return {
        type(message): message
        for message in (
            to.Publish(by=alice, cid="c", body="x"),
            to.Edit(by=alice, id=1, body="x"),
            to.Delete(by=alice, id=1),
            to.React(by=alice, id=1, emoji="x", on=True),
            to.Advance(by=alice, read=1),
            to.Type(by=alice, on=True),
            to.Found(by=alice, kind="open", name=None, members=[]),
            to.Rename(by=alice, name="x"),
            to.Join(by=alice),
            to.Leave(by=alice),
            to.AddMembers(by=alice, members=[]),
            to.RemoveMembers(by=alice, members=[]),
            to.Describe(by=alice),
            to.Subscribe(by=alice, session=phone.id),
            to.CatchUp(session=phone.id),
            to.Unsubscribe(session=phone.id),
            to.Counted(who=alice.who, count_mark=1, counts=Counts(1, 1)),
            to.Renamed(who=alice.who, name="x"),
            to.Committed(term=0, through=1),
            to.CommitFailed(term=0, conflict=False, retry_ms=1),
        )
    }


@pytest.mark.parametrize("kind", to.AnyConversationMessage.__args__, ids=lambda kind: kind.__name__)
async def test_a_failing_handler_restarts_its_own_actor_and_every_sender_gets_an_answer(
    house: House, monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room, other = house.room("closed", alice, bob), house.room("closed", alice, bob)
    async with house.open():
        witness = await other.listen(bob)
        mend = inject(monkeypatch, kind)
        phone = house.connect(alice)
        answer = room.tell(messages(alice, phone)[kind])
        await house.settle()
        mend()
        assert isinstance(answer.outcome, Crashed)
        assert [type(failure.error) for failure in house.failures] == [InjectedError]
        assert {failure.address.key for failure in house.failures} == {room.conv}
        house.failures.clear()
        assert (await room.say(alice)).seq == 2
        await other.say(alice, "undisturbed")
        assert witness.bodies() == ["undisturbed"]


async def test_what_was_on_its_way_is_answered_and_what_became_of_it_is_shown_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    mend = inject(monkeypatch, to.Rename)
    async with house.open():
        phone = await room.listen(bob)
        await room.say(alice, "before")
        house.store.log.hold()
        publish = to.Publish(by=alice, cid="c", body="meanwhile")
        answer = room.tell(publish)
        room.tell(to.Rename(by=alice, name="x"))
        await house.settle()
        assert isinstance(answer.outcome, Interrupted)
        mend()
        await trio.sleep(1)  # the next life waits for what may still be stored
        house.store.log.release()
        await trio.sleep(1)
        again = await room.ask(publish)
        assert (again.seq, again.dup) == (3, True)
        await room.say(alice, "after")
        await trio.sleep(1)
        assert phone.bodies() == ["before", "meanwhile", "after"]
        house.failures.clear()


async def test_what_was_committed_and_not_shown_yet_is_shown_after_a_crash(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    room = house.room("closed", alice, bob)
    mend = inject(monkeypatch, to.Rename)
    async with house.open():
        phone, leaving, coming = await room.listen(alice), await room.listen(bob), house.connect(carol)
        await room.say(alice, "shown")
        house.crowd(0.1)
        for request in (
            to.AddMembers(by=alice, members=[carol.who]),
            to.RemoveMembers(by=alice, members=[bob.who]),
            to.Publish(by=alice, cid="c", body="last"),
        ):
            await room.ask(request)
        assert phone.seqs() == [2]
        room.tell(to.Rename(by=alice, name="x"))
        await house.settle()
        mend()
        await trio.sleep(1)
        assert phone.seqs() == [3, 4, 5]
        assert leaving.seqs() == [2, 3, 4]
        assert len(coming.told) == 1
        house.failures.clear()


async def test_notices_of_an_earlier_life_are_ignored(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        house.store.log.hold()
        answer = room.tell(to.Publish(by=alice, cid="c", body="x"))
        await house.settle()
        room.tell(to.Committed(term=0, through=99))
        room.tell(to.CommitFailed(term=0, conflict=True, retry_ms=0))
        room.tell(to.CommitFailed(term=0, conflict=False, retry_ms=0))
        await house.settle()
        assert (phone.hears(), answer.given.is_set()) == ([], False)
        house.store.log.release()
        await house.settle()
        assert isinstance(answer.outcome, Published)


async def test_a_conflict_while_the_database_cannot_be_read_is_unavailable(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        old = to.Publish(by=alice, cid="old", body="x")
        first = await room.ask(old)
        await house.system.stop("conversation", room.conv)
        await room.ask(to.Describe(by=alice))
        house.store.unreadable = True
        assert (await room.ask(old)).code == "unavailable"
        house.store.unreadable = False
        again = await room.ask(old)
        assert (again.seq, again.dup) == (first.seq, True)


async def test_a_conflict_that_nothing_explains_ends(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        house.store.log.fail_next(conflict=True)
        assert (await room.ask(to.Publish(by=alice, cid="c", body="x"))).code == "unavailable"
        assert (await room.say(alice)).seq == 2


async def test_a_drain_answers_everybody_and_saves_everything(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        await room.say(alice)
        await room.ask(to.Advance(by=bob, read=1))
        answers = [room.tell(to.Publish(by=alice, cid=str(n), body="x")) for n in range(20)]
    assert [answer.outcome.seq for answer in answers] == list(range(3, 23))
    assert phone.seqs() == [2, *range(3, 23)]
    assert room.stored.members[bob.who].read == 1
