"""Founding, joining, leaving, adding, removing: who may, and who sees what of it."""

from typing import Any

import pytest
import trio

from actors.messages.conversation import (
    AddMembers,
    CatchUp,
    Describe,
    Found,
    Join,
    Leave,
    Publish,
    RemoveMembers,
    Rename,
)
from actors.messages.outcomes import Changed, Described, NotMember, Refused
from actors.messages.session import Admitted, CaughtUp, Unplaced
from actors.spreading import spread_conversation
from actors.values import Who, direct_key
from protocol.codes import ErrorCode
from tests.actors.conversation.house import House, RoomUnderTest


async def code(room: RoomUnderTest, message: object) -> Any:
    """The code of the refusal; what was answered otherwise."""
    outcome = await room.ask(message)
    return outcome.code if isinstance(outcome, Refused) else outcome


async def test_a_founder_administers_and_every_members_session_is_told(house: House) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    async with house.open():
        phones = [house.connect(alice), house.connect(bob), house.connect(bob)]
        outside = house.connect(carol)
        room = house.existing(house.store.numbers.conversation())
        described = await room.ask(Found(by=alice, kind="closed", name="ops", members=[bob.who, bob.who, alice.who]))
        assert isinstance(described, Described)
        summary = described.summary
        assert (summary.id, summary.kind, summary.name, summary.seq) == (room.conv, "closed", "ops", 1)
        assert summary.members == [alice.actor, bob.actor]
        assert (described.size, described.counted, summary.unread) == (2, True, 0)
        await house.settle()
        for phone in phones:
            assert phone.told == [Admitted(conv=room.conv, epoch=summary.epoch, seq=1)]
        assert outside.told == []
        assert {m.who: m.role for m in room.stored.members.values()} == {alice.who: "admin", bob.who: "member"}
        assert await code(room, Rename(by=bob, name="x")) is ErrorCode.FORBIDDEN
        assert await code(room, Rename(by=alice, name="x")) == Changed(seq=2)


async def test_nothing_is_founded_with_somebody_who_does_not_exist(house: House) -> None:
    alice, bot = house.user("alice"), house.store.add_bot("ci")
    async with house.open():
        room = house.existing(77)
        for who, field in ((alice.who._replace(id=99), "members"), (bot.who._replace(id=99), "bots")):
            refused = await room.ask(Found(by=alice, kind="closed", name=None, members=[bot.who, who]))
            assert (refused.code, refused.field) == (ErrorCode.NOT_FOUND, field)
        assert await room.ask(Describe(by=alice)) == NotMember()
        assert house.store.log.submitted == []


async def test_what_exists_is_not_founded_again(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        assert await code(room, Found(by=alice, kind="open", name="x", members=[])) is ErrorCode.CONFLICT


async def test_a_founding_that_is_not_stored_leaves_nothing(house: House) -> None:
    alice = house.user("alice")
    async with house.open():
        room = house.existing(77)
        found = Found(by=alice, kind="closed", name="x", members=[])
        house.store.log.fail_next()
        assert await code(room, found) is ErrorCode.UNAVAILABLE
        house.store.log.unavailable = True
        assert await code(room, found) is ErrorCode.UNAVAILABLE
        assert await room.ask(Describe(by=alice)) == NotMember()
        house.store.log.unavailable = False
        assert isinstance(await room.ask(found), Described)


async def test_there_is_one_direct_conversation_for_a_set_of_members(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    async with house.open():
        first, second = house.existing(77), house.existing(78)
        found = await first.ask(Found(by=alice, kind="direct", name=None, members=[bob.who]))
        again = await second.ask(Found(by=bob, kind="direct", name=None, members=[alice.who, bob.who]))
        assert (found.summary.id, again.summary.id) == (77, 77)
        assert house.store.rooms.get(78) is None
        assert first.stored.direct_key == direct_key([bob.who, alice.who])
        assert {member.role for member in first.stored.members.values()} == {"member"}


async def test_direct_conversations_that_are_founded_at_the_same_time_are_one(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    async with house.open():
        house.store.log.hold()
        answers = [
            house.existing(77).tell(Found(by=alice, kind="direct", name=None, members=[bob.who])),
            house.existing(78).tell(Found(by=bob, kind="direct", name=None, members=[alice.who])),
        ]
        await house.settle()
        house.store.log.release()
        await house.settle()
        first, second = (answer.outcome.summary.id for answer in answers)
        assert first == second
        other = {77: 78, 78: 77}[first]
        assert await house.existing(other).ask(Describe(by=alice)) == NotMember()


async def test_a_direct_conversation_needs_somebody_else(house: House) -> None:
    alice = house.user("alice")
    async with house.open():
        refused = await house.existing(77).ask(Found(by=alice, kind="direct", name=None, members=[alice.who]))
        assert (refused.code, refused.field) == (ErrorCode.BAD_REQUEST, "members")


async def test_a_direct_conversation_is_fixed(house: House) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    root = house.user("root", role="admin")
    room = house.room("direct", alice, bob)
    async with house.open():
        for who, expected in ((alice, ErrorCode.FORBIDDEN), (carol, ErrorCode.NOT_FOUND)):
            requests = [
                AddMembers(by=who, members=[carol.who]),
                RemoveMembers(by=who, members=[bob.who]),
                Rename(by=who, name="x"),
                Leave(by=who),
            ]
            assert [await code(room, request) for request in requests] == [expected] * 4
        assert await code(room, Join(by=carol)) is ErrorCode.NOT_FOUND
        assert await code(room, AddMembers(by=root, members=[carol.who])) is ErrorCode.FORBIDDEN


async def test_who_may_do_what_in_a_closed_conversation(house: House) -> None:
    admin, member, other, stranger = (house.user(name) for name in ("admin", "member", "other", "stranger"))
    root = house.user("root", role="admin")
    room = house.room("closed", admin, member)
    async with house.open():
        assert await code(room, Join(by=stranger)) is ErrorCode.NOT_FOUND
        assert await code(room, Leave(by=stranger)) is ErrorCode.NOT_FOUND
        assert await code(room, Publish(by=stranger, cid="1", body="x")) is ErrorCode.NOT_FOUND
        add, remove = AddMembers(by=member, members=[other.who]), RemoveMembers(by=member, members=[admin.who])
        assert await code(room, add) is ErrorCode.FORBIDDEN
        assert await code(room, remove) is ErrorCode.FORBIDDEN
        assert await code(room, AddMembers(by=stranger, members=[other.who])) is ErrorCode.NOT_FOUND
        assert await code(room, AddMembers(by=admin, members=[other.who])) == Changed(seq=2)
        assert await code(room, AddMembers(by=root, members=[stranger.who])) == Changed(seq=3)
        assert await code(room, RemoveMembers(by=root, members=[stranger.who])) == Changed(seq=4)
        assert await code(room, RemoveMembers(by=member, members=[member.who])) == Changed(seq=5)
        assert await code(room, Publish(by=member, cid="1", body="x")) is ErrorCode.NOT_FOUND


async def test_who_may_do_what_in_an_open_conversation(house: House) -> None:
    admin, member, other, stranger = (house.user(name) for name in ("admin", "member", "other", "stranger"))
    room = house.room("open", admin, member)
    async with house.open():
        assert await code(room, Publish(by=stranger, cid="1", body="x")) is ErrorCode.FORBIDDEN
        assert await code(room, AddMembers(by=stranger, members=[other.who])) is ErrorCode.FORBIDDEN
        assert await code(room, RemoveMembers(by=member, members=[admin.who])) is ErrorCode.FORBIDDEN
        assert await code(room, AddMembers(by=member, members=[other.who])) == Changed(seq=2)
        assert await code(room, Join(by=stranger)) == Changed(seq=3)
        assert await code(room, Publish(by=stranger, cid="1", body="x")) is not ErrorCode.FORBIDDEN
        assert await code(room, Leave(by=stranger)) == Changed(seq=5)
        assert await code(room, Leave(by=stranger)) == Changed(seq=5)


async def test_an_open_conversation_is_there_for_users_and_not_for_bots_outside(house: House) -> None:
    admin, bot = house.user("admin"), await house.bot("ci")
    room = house.room("open", admin)
    async with house.open():
        for message in (
            Publish(by=bot, cid="1", body="x"),
            Join(by=bot),
            Leave(by=bot),
            AddMembers(by=bot, members=[bot.who]),
            Rename(by=bot, name="mine"),
        ):
            assert await code(room, message) is ErrorCode.NOT_FOUND
        assert await code(room, AddMembers(by=admin, members=[bot.who])) == Changed(seq=2)
        assert await code(room, Leave(by=bot)) == Changed(seq=3)


async def test_nobody_is_removed_with_somebody_who_does_not_exist(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        refused = await room.ask(RemoveMembers(by=alice, members=[bob.who, Who("user", 99)]))
        assert isinstance(refused, Refused)
        assert (refused.code, refused.field) == (ErrorCode.NOT_FOUND, "users")
        assert bob.who in room.stored.members


async def test_who_is_in_or_out_already_changes_nothing(house: House) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    room = house.room("open", alice, bob)
    async with house.open():
        await room.say(alice)
        for request in (
            Join(by=bob),
            AddMembers(by=alice, members=[alice.who, bob.who]),
            RemoveMembers(by=alice, members=[carol.who]),
        ):
            assert await room.ask(request) == Changed(seq=2)
        house.store.log.hold()
        answers = [room.tell(Join(by=carol)), room.tell(AddMembers(by=alice, members=[carol.who, bob.who]))]
        await house.settle()
        house.store.log.release()
        await house.settle()
        assert [answer.outcome for answer in answers] == [Changed(seq=3)] * 2


async def test_the_last_member_may_leave_and_the_conversation_stays(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("open", alice)
    async with house.open():
        assert await room.ask(Leave(by=alice)) == Changed(seq=2)
        assert await room.ask(Join(by=bob)) == Changed(seq=3)
        assert (await room.say(bob)).seq == 4


async def test_whoever_comes_back_has_no_role_any_more(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("open", alice, bob)
    async with house.open():
        house.store.log.hold()
        room.tell(Leave(by=alice))
        room.tell(Join(by=alice))
        rename = room.tell(Rename(by=alice, name="x"))
        await house.settle()
        assert rename.outcome.code is ErrorCode.FORBIDDEN
        house.store.log.release()
        await house.settle()
        assert await code(room, Rename(by=alice, name="x")) is ErrorCode.FORBIDDEN


async def test_a_removed_members_last_event_is_the_removal(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        gone, stays = await room.listen(bob), await room.listen(alice)
        house.store.log.hold()
        room.tell(Publish(by=alice, cid="1", body="before"))
        room.tell(RemoveMembers(by=alice, members=[bob.who]))
        room.tell(Publish(by=alice, cid="2", body="after"))
        await house.settle()
        house.store.log.release()
        await house.settle()
        before, removal = gone.hears()
        assert before["body"] == "before"
        assert (removal["t"], removal["added"], removal["by"]["name"]) == ("members", [], "alice")
        assert removal["removed"] == [{"kind": "user", "id": bob.id, "name": "bob"}]
        assert stays.seqs() == [2, 3, 4]
        assert gone.told[-1] == Unplaced(conv=room.conv)
        assert await room.ask(CatchUp(session=gone.id)) == NotMember()


async def test_a_removed_member_who_is_behind_still_gets_everything_up_to_the_removal(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        slow, idle = await room.listen(bob, room=0), house.connect(bob)
        await idle.subscribe(room, (1, 1))
        await room.say(alice)
        await room.ask(RemoveMembers(by=alice, members=[bob.who]))
        await room.say(alice)
        await trio.sleep(0.1)
        slow.outbox.room_left = 10_000
        for phone in (slow, idle):
            await room.ask(CatchUp(session=phone.id))
            await house.settle()
            assert phone.seqs() == [2, 3]
            assert phone.told[-1] == Unplaced(conv=room.conv)
            assert await room.ask(CatchUp(session=phone.id)) == NotMember()


async def test_a_listener_who_is_full_when_removed_gets_the_removal_later(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob, room=0)
        await room.ask(RemoveMembers(by=alice, members=[bob.who]))
        await room.say(alice)
        await trio.sleep(0.1)
        assert phone.outbox.take_wakes() == [room.conv]
        phone.outbox.room_left = 10_000
        await room.ask(CatchUp(session=phone.id))
        assert phone.seqs() == [2]


async def test_an_added_members_first_live_event_is_the_adding(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice)
    async with house.open():
        phone = house.connect(bob)
        await room.say(alice)
        await room.ask(AddMembers(by=alice, members=[bob.who]))
        await room.say(alice)
        await trio.sleep(0.1)
        [admitted] = phone.told
        assert admitted == Admitted(conv=room.conv, epoch=1, seq=3)
        await phone.subscribe(room, (1, 2))
        await room.ask(CatchUp(session=phone.id))
        await room.say(alice)
        await house.settle()
        assert phone.seqs() == [3, 4, 5]


async def test_who_joined_has_a_place_from_the_joining_on_before_it_was_shown(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("open", alice)
    async with house.open():
        phone = house.connect(bob)
        await room.say(alice)
        await room.say(alice)
        joined = await room.ask(Join(by=bob))
        assert isinstance(await phone.subscribe(room, (1, joined.seq - 1)), Described)
        await room.ask(CatchUp(session=phone.id))
        await trio.sleep(0.1)
        assert phone.seqs() == [joined.seq]


async def test_who_is_removed_and_back_before_the_replay_misses_nothing(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob, room=0)
        await room.say(alice)
        await room.ask(RemoveMembers(by=alice, members=[bob.who]))
        await room.say(alice)
        await room.ask(AddMembers(by=alice, members=[bob.who]))
        await trio.sleep(0.1)
        phone.outbox.room_left = 10_000
        await room.ask(CatchUp(session=phone.id))
        await room.say(alice)
        await house.settle()
        assert phone.seqs() == [2, 3, 4, 5, 6]


async def test_who_is_in_and_out_again_before_anything_is_shown_sees_the_whole_stay(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice)
    async with house.open():
        phone = house.connect(bob)
        house.store.log.hold()
        room.tell(AddMembers(by=alice, members=[bob.who]))
        room.tell(RemoveMembers(by=alice, members=[bob.who]))
        room.tell(Publish(by=alice, cid="after", body="after"))
        await house.settle()
        house.store.log.release()
        await house.settle()
        assert phone.told == [Admitted(conv=room.conv, epoch=1, seq=2)]
        assert isinstance(await phone.subscribe(room, (1, 1)), Described)
        await room.ask(CatchUp(session=phone.id))
        await house.settle()
        assert phone.seqs() == [2, 3]
        assert phone.told[-1] == Unplaced(conv=room.conv)
        assert await room.ask(CatchUp(session=phone.id)) == NotMember()


async def test_a_stay_that_ends_before_the_session_has_its_place_is_seen_from_its_first_to_its_last_event(
    house: House,
) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice)
    async with house.open():
        phone = house.connect(bob)
        await room.ask(AddMembers(by=alice, members=[bob.who]))
        await room.say(alice)
        await room.ask(RemoveMembers(by=alice, members=[bob.who]))
        await room.say(alice)
        await phone.subscribe(room, (1, 1))
        await room.ask(CatchUp(session=phone.id))
        await house.settle()
        assert phone.seqs() == [2, 3, 4]
        assert phone.told[-1] == Unplaced(conv=room.conv)


async def test_a_removal_that_is_not_on_disk_yet_ends_the_stay_when_it_is(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice)
    async with house.open():
        phone = house.connect(bob)
        await room.ask(AddMembers(by=alice, members=[bob.who]))
        house.store.log.hold()
        room.tell(RemoveMembers(by=alice, members=[bob.who]))
        room.tell(Publish(by=alice, cid="after", body="after"))
        await house.settle()
        await phone.subscribe(room, (1, 1))
        await room.ask(CatchUp(session=phone.id))
        assert phone.seqs() == [2]
        house.store.log.release()
        await trio.sleep(0.1)
        assert phone.seqs() == [3]
        assert phone.told[-1] == Unplaced(conv=room.conv)


async def test_nobody_gets_a_place_by_a_cursor_before_an_event_that_did_not_let_them_in(house: House) -> None:
    alice, bob, carol = house.user("alice"), house.user("bob"), house.user("carol")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = house.connect(bob)
        await room.ask(AddMembers(by=alice, members=[carol.who]))
        await room.ask(RemoveMembers(by=alice, members=[bob.who]))
        await trio.sleep(0.1)
        for after in ((1, 0), (1, 1), (1, 2), (1, 3), (2, 1), None):
            assert await phone.subscribe(room, after) == NotMember()
        assert await room.ask(CatchUp(session=phone.id)) == NotMember()


@pytest.mark.parametrize("size", [100, 101])
async def test_the_members_of_large_conversations_are_not_listed(house: House, size: int) -> None:
    members = [house.user(f"u{n}") for n in range(size)]
    room = house.room("open", *members)
    async with house.open():
        described = await room.ask(Describe(by=members[0]))
        assert described.size == size
        assert bool(described.summary.members) == (size == 100)


async def test_the_caught_up_are_told_so(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        assert phone.told == [CaughtUp(conv=room.conv)]


async def test_who_says_hello_while_being_let_in_begins_at_their_own_cursor(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice)
    async with house.open():
        phone = house.connect(bob)
        await room.say(alice)
        await room.ask(AddMembers(by=alice, members=[bob.who]))
        await trio.sleep(0.1)
        assert phone.connected.progress.invited == {room.conv}
        for _ in range(2):
            assert isinstance(await phone.subscribe(room, (1, 0)), Described)
            await room.ask(CatchUp(session=phone.id))
        assert phone.seqs() == [1, 2, 3]
        fresh = house.connect(bob)
        described = await fresh.subscribe(room)
        await room.ask(CatchUp(session=fresh.id))
        assert (described.summary.seq, fresh.seqs()) == (3, [])


async def test_an_open_conversation_is_not_there_for_guests(house: House) -> None:
    alice, guest = house.user("alice"), house.store.add_user("guest 2", role="guest")
    room = house.room("open", alice)
    async with house.open():
        for message in (
            Join(by=guest),
            Publish(by=guest, cid="c", body="hi"),
            Leave(by=guest),
            AddMembers(by=guest, members=[guest.who]),
        ):
            assert await code(room, message) is ErrorCode.NOT_FOUND
        assert await code(room, AddMembers(by=alice, members=[guest.who])) is ErrorCode.NOT_FOUND


async def test_sessions_are_invited_to_what_was_founded_past_its_actor(house: House) -> None:
    bot, guest = await house.bot("Example"), house.store.add_user("guest 1", role="guest")
    async with house.open():
        desk, phone = house.connect(bot), house.connect(guest)
        room = house.room("closed", bot, guest)
        spread_conversation(house.system, house.switchboard, bot, room.conv)
        await house.settle()
        for listener in (desk, phone):
            (admitted,) = [each for each in listener.told if isinstance(each, Admitted)]
            assert (admitted.conv, admitted.seq) == (room.conv, 1)
            await room.ask(CatchUp(session=listener.id))
        await room.say(guest, "hello")
        assert desk.bodies() == phone.bodies() == ["hello"]


async def test_nothing_wakes_for_a_member_who_is_not_there(house: House) -> None:
    bot, guest = await house.bot("Example"), house.store.add_user("guest 1", role="guest")
    async with house.open():
        room = house.room("closed", bot, guest)
        spread_conversation(house.system, house.switchboard, bot, room.conv)
        await house.settle()
        assert house.switchboard.statistics()["rooms"] == 0
