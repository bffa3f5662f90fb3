"""What is told and not kept: typing, receipts; and the markers and counts behind them."""

import pytest
import trio

from actors.messages.changes import SaveMarks
from actors.messages.conversation import Advance, Counted, Delete, Describe, Leave, Publish, Type, Unsubscribe
from actors.messages.outcomes import Done, Refused
from actors.values import Counts, Mark
from protocol.codes import ErrorCode
from tests.actors.conversation.house import House


async def test_typing_is_told_to_the_others_only(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        own, other = await room.listen(alice), await room.listen(bob)
        assert await room.ask(Type(by=alice, on=True)) == Done()
        await house.settle()
        sender = {"kind": "user", "id": alice.id, "name": "alice"}
        assert other.hears() == [{"t": "typing", "conv": room.conv, "from": sender, "on": True}]
        assert own.hears() == []
        assert house.store.log.submitted == []


async def test_typing_stops_by_itself_and_when_the_message_is_said(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        await room.ask(Type(by=alice, on=True))
        await trio.sleep(5)
        assert [frame["on"] for frame in phone.hears()] == [True]
        await trio.sleep(2)
        assert [frame["on"] for frame in phone.hears()] == [False]
        await room.ask(Type(by=alice, on=True))
        await trio.sleep(1)
        await room.say(alice, "said")
        await trio.sleep(1)
        assert [(frame["t"], frame.get("on")) for frame in phone.hears()] == [
            ("typing", True),
            ("typing", False),
            ("message", None),
        ]


async def test_typing_on_and_on_is_told_now_and_then(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        for _ in range(30):
            await room.ask(Type(by=alice, on=True))
            await trio.sleep(0.3)
        assert [frame["on"] for frame in phone.hears()] == [True] * 3


async def test_typing_that_began_and_ended_unseen_is_not_told(house: House) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    room = house.room("closed", alice, bob, carol)
    async with house.open():
        phone = await room.listen(carol)
        await room.ask(Type(by=alice, on=True))  # told at once; what follows is joined
        await room.ask(Type(by=bob, on=True))
        await room.ask(Type(by=bob, on=False))
        await trio.sleep(1)
        assert [frame["from"]["name"] for frame in phone.hears()] == ["alice"]


async def test_whoever_goes_does_not_type_any_more(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        typist, phone = await room.listen(alice), await room.listen(bob)
        await room.ask(Type(by=alice, on=True))
        await room.ask(Unsubscribe(session=typist.id))
        await trio.sleep(1)
        assert [frame["on"] for frame in phone.hears()] == [True, False]


async def test_strangers_neither_type_nor_read(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    closed, opened = house.room("closed", alice), house.room("open", alice)
    async with house.open():
        for room, code in ((closed, ErrorCode.NOT_FOUND), (opened, ErrorCode.FORBIDDEN)):
            assert (await room.ask(Type(by=bob, on=True))).code is code
            assert (await room.ask(Advance(by=bob, read=1))).code is code


async def test_a_receipt_follows_to_the_others_and_markers_never_go_back(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        own, other = await room.listen(bob), await room.listen(alice)
        for _ in range(3):
            await room.say(alice)
        await trio.sleep(0.1)
        own.hears(), other.hears()
        await room.ask(Advance(by=bob, received=3))
        await trio.sleep(1)
        await room.ask(Advance(by=bob, read=2))
        await trio.sleep(1)
        await room.ask(Advance(by=bob, read=1, received=1))
        await trio.sleep(1)
        who = {"kind": "user", "id": bob.id, "name": "bob"}
        assert other.hears() == [
            {"t": "receipt", "conv": room.conv, "who": who, "received": 3, "read": 0},
            {"t": "receipt", "conv": room.conv, "who": who, "received": 3, "read": 2},
        ]
        assert own.hears() == []


async def test_receipts_are_joined_and_each_hears_of_the_others_only(house: House) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    room = house.room("closed", alice, bob, carol)
    async with house.open():
        for _ in range(5):
            await room.say(alice)
        await trio.sleep(0.1)
        phones = {who.name: await room.listen(who) for who in (alice, bob, carol)}
        await room.ask(Advance(by=alice, read=2))  # told at once; what follows is joined
        await house.settle()
        for phone in phones.values():
            phone.hears()
        for seq in (3, 4, 5):
            for who in (bob, carol):
                await room.ask(Advance(by=who, read=seq))
        await trio.sleep(1)
        assert len(phones["alice"].outbox.pieces) == 1
        heard = {name: [(f["who"]["name"], f["read"]) for f in phone.hears()] for name, phone in phones.items()}
        assert heard == {"alice": [("bob", 5), ("carol", 5)], "bob": [("carol", 5)], "carol": [("bob", 5)]}


async def test_a_marker_is_never_beyond_the_log(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(alice)
        await room.ask(Advance(by=bob, read=2**50, received=2**50))
        await house.settle()
        assert [(frame["received"], frame["read"]) for frame in phone.hears()] == [(1, 1)]


async def test_ephemeral_frames_are_dropped_for_those_who_are_behind(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        full = await room.listen(bob, room=0)
        await room.ask(Type(by=alice, on=True))
        await house.settle()
        assert len(full.outbox.drops) == 1
        assert full.outbox.take_wakes() == []
        assert full.id not in house.switchboard.room(room.conv).held


async def test_markers_are_saved_soon_once_each_and_found_again(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        for seq in (2, 3, 4):
            await room.say(alice)
            await trio.sleep(0.1)
            room.ref.tell(Advance(by=bob, received=seq, read=seq - 1))
        await trio.sleep(2)
        saved = [change for change in house.store.log.submitted if isinstance(change, SaveMarks)]
        assert [change.marks for change in saved] == [[Mark(bob.who, read=3, received=4)]]
        await house.system.stop("conversation", room.conv)
        assert (await room.ask(Describe(by=bob))).summary.read == 3


async def test_a_read_that_is_answered_is_on_disk(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        house.store.log.hold()
        first, again = room.tell(Advance(by=bob, read=1)), room.tell(Advance(by=bob, read=1))
        await trio.sleep(0.5)
        assert not first.given.is_set()
        assert not again.given.is_set()
        house.store.log.release()
        await house.settle()
        assert (first.outcome, again.outcome) == (Done(), Done())
        assert room.stored.members[bob.who].read == 1


@pytest.mark.parametrize("trouble", ["refused", "failed"])
async def test_a_read_that_is_not_on_disk_is_not_confirmed(house: House, trouble: str) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        if trouble == "refused":
            house.store.log.unavailable = True
        else:
            house.store.log.fail_next()
        outcome = await room.ask(Advance(by=alice, read=1))
        assert isinstance(outcome, Refused)
        assert outcome.code is ErrorCode.UNAVAILABLE
        assert outcome.retry_ms


async def test_markers_are_saved_before_the_actor_sleeps(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        await room.ask(Advance(by=alice, read=1))
        await house.system.stop("conversation", room.conv)
        assert (await room.ask(Describe(by=alice))).summary.read == 1


@pytest.mark.parametrize("trouble", ["refused", "failed"])
async def test_markers_that_could_not_be_saved_are_saved_later(house: House, trouble: str) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        if trouble == "refused":
            house.store.log.unavailable = True
        else:
            house.store.log.fail_next()
        await room.ask(Advance(by=alice, read=1))
        await trio.sleep(1.2)
        house.store.log.unavailable = False
        await trio.sleep(5)
        assert room.stored.members[alice.who].read == 1


async def test_counts_are_looked_up_once_and_then_kept(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        for body in ("one", "two @bob"):
            await room.say(alice, body)
        await trio.sleep(0.1)
        await house.system.stop("conversation", room.conv)
        described = await room.ask(Describe(by=bob))
        assert described.counted is False
        await room.say(alice, "three @bob")  # while the counts are looked up
        await room.say(bob, "mine @bob")
        await trio.sleep(0.1)
        await room.ask(Counted(who=bob.who, count_mark=described.count_mark, counts=Counts(2, 1)))
        described = await room.ask(Describe(by=bob))
        assert (described.counted, described.summary.unread, described.summary.mentions) == (True, 3, 2)


async def test_counts_that_were_asked_for_before_reading_on_are_ignored(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        await room.say(alice)
        await trio.sleep(0.1)
        await house.system.stop("conversation", room.conv)
        described = await room.ask(Describe(by=bob))
        await room.ask(Advance(by=bob, read=2))
        await room.ask(Counted(who=bob.who, count_mark=described.count_mark, counts=Counts(1, 0)))
        again = await room.ask(Describe(by=bob))
        assert (again.counted, again.summary.unread, again.summary.read) == (True, 0, 2)


async def test_counts_follow_what_is_read_and_said(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        for n in range(6):
            await room.say(alice if n % 2 else bob, "@bob" if n == 3 else "x")  # alice says 3, 5, 7
        await trio.sleep(0.1)

        async def unread() -> tuple[bool, int, int]:
            described = await room.ask(Describe(by=bob))
            return described.counted, described.summary.unread, described.summary.mentions

        await room.ask(Advance(by=bob, read=1))
        assert await unread() == (True, 3, 1)
        await room.ask(Advance(by=bob, read=3))
        assert await unread() == (True, 2, 1)
        await room.ask(Advance(by=bob, read=5))
        assert await unread() == (True, 1, 0)
        said = await room.say(alice, "@bob again")
        assert await unread() == (True, 2, 1)
        await room.ask(Delete(by=alice, id=said.id))  # it still has its place, and so it counts
        assert await unread() == (True, 2, 1)
        expected = await house.store.library.counts(bob.who, [(room.conv, 5, 9)])
        assert expected == {room.conv: Counts(2, 1)}


async def test_the_counts_of_who_left_are_forgotten(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("open", alice, bob)
    async with house.open():
        described = await room.ask(Describe(by=bob))
        await room.ask(Leave(by=bob))
        assert await room.ask(Counted(who=bob.who, count_mark=described.count_mark, counts=Counts(9, 9))) == Done()
        await trio.sleep(5)
        assert room.stored.members.keys() == {alice.who}


async def test_typing_and_messages_of_one_commit_come_in_the_order_in_which_they_make_sense(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        await room.ask(Type(by=alice, on=True))
        await room.ask(Publish(by=alice, cid="1", body="x"))
        await trio.sleep(10)
        states = [frame["on"] for frame in phone.hears() if frame["t"] == "typing"]
        assert states == [True, False]
