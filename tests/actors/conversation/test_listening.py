"""Places in the log: live events, replays, gaps, resets, and listeners who are slow."""

import pytest
import trio

from actors.messages.conversation import (
    NOWHERE,
    CatchUp,
    Delete,
    Describe,
    Edit,
    Publish,
    Renamed,
    Subscribe,
    Unsubscribe,
)
from actors.messages.outcomes import Described, Done, NotMember
from actors.messages.session import CaughtUp
from actors.values import Caller
from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import CloseCode
from tests.actors.conversation.house import House, Listener, RoomUnderTest


class Scene:
    """alice and bob in a room whose log has `seq`s 1 to `last`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.alice, self.bob = house.user("alice"), house.user("bob")
        self.room = house.room("closed", self.alice, self.bob)

    async def fill(self, last: int) -> None:
        """Let alice talk until the log has so many events."""
        self.house.store.log.hold()
        for seq in range(len(self.room.stored.log) + 1, last + 1):
            self.room.tell(Publish(by=self.alice, cid=f"fill-{seq}", body=f"m{seq}"))
        await self.house.settle()
        self.house.store.log.release()
        await trio.sleep(0.1)


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


async def resume(room: RoomUnderTest, owner: Caller, seq: int, epoch: int = 1, codec: Codec = MSGPACK) -> Listener:
    """A session that comes back with a cursor."""
    return await room.listen(owner, after=(epoch, seq), codec=codec)


async def test_without_a_cursor_live_events_begin_after_the_summarys_seq(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(5)
        phone = scene.house.connect(scene.bob)
        described = await phone.subscribe(scene.room)
        await scene.fill(7)
        assert phone.hears() == []
        await scene.room.ask(CatchUp(session=phone.id))
        await scene.fill(8)
        assert described.summary.seq == 5
        assert phone.seqs() == [6, 7, 8]


async def test_a_place_begins_behind_all_that_was_acknowledged(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(2)
        scene.house.crowd(0.005)
        said = await scene.room.say(scene.alice)  # committed, and not shown yet
        phone = scene.house.connect(scene.bob)
        described = await phone.subscribe(scene.room)
        assert described.summary.seq == said.seq
        await scene.room.ask(CatchUp(session=phone.id))
        await trio.sleep(0.1)
        assert phone.seqs() == []


async def test_a_replay_has_all_that_was_acknowledged_before_it_is_done(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(2)
        scene.house.crowd(0.005)
        said = await scene.room.say(scene.alice)  # committed, and not shown yet
        phone = scene.house.connect(scene.bob)
        await phone.subscribe(scene.room, after=(1, 1))
        await scene.room.ask(CatchUp(session=phone.id))
        assert phone.seqs() == list(range(2, said.seq + 1))


@pytest.mark.parametrize("missed", [0, 1, 300, 500])
@pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=["msgpack", "json"])
@pytest.mark.parametrize("cold", [False, True], ids=["from memory", "from the database"])
async def test_what_was_missed_is_replayed_exactly(scene: Scene, missed: int, codec: Codec, cold: bool) -> None:
    async with scene.house.open():
        await scene.fill(510)
        if cold:
            await scene.house.system.stop("conversation", scene.room.conv)
        phone = await resume(scene.room, scene.bob, 510 - missed, codec=codec)
        await scene.room.say(scene.alice)
        await scene.house.settle()
        assert phone.seqs() == list(range(511 - missed, 512))
        assert phone.told == [CaughtUp(conv=scene.room.conv)]


async def test_more_than_fits_into_memory_comes_from_the_database(scene: Scene) -> None:
    house = House(recent_bytes=10_000)
    scene = Scene(house)
    async with house.open():
        await scene.fill(400)
        phone = await resume(scene.room, scene.bob, 1)
        await scene.room.say(scene.alice)
        await house.settle()
        assert phone.seqs() == list(range(2, 402))


async def test_more_than_the_replay_holds_is_a_gap(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(510)
        phone = await resume(scene.room, scene.bob, 3)
        gap, *events = phone.hears()
        assert gap == {"t": "gap", "conv": scene.room.conv, "from": 4, "to": 10}
        assert [event["seq"] for event in events] == list(range(11, 511))


@pytest.mark.parametrize(
    "cursor", [(2, 3), (1, 6), (0, 0), NOWHERE], ids=["other epoch", "ahead", "epoch 0", "nowhere"]
)
async def test_a_foreign_cursor_is_reset(scene: Scene, cursor: tuple[int, int]) -> None:
    async with scene.house.open():
        await scene.fill(5)
        phone = await scene.room.listen(scene.bob, after=cursor)
        await scene.fill(6)
        reset, event = phone.hears()
        assert reset == {"t": "reset", "conv": scene.room.conv, "epoch": 1, "seq": 5}
        assert event["seq"] == 6


async def test_a_place_that_nobody_was_told_of_begins_again_with_a_reset(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(5)
        phone = await scene.room.listen(scene.bob)
        await scene.fill(6)
        phone.hears()
        await scene.room.ask(Subscribe(by=scene.bob, session=phone.id, after=NOWHERE))
        await scene.room.ask(CatchUp(session=phone.id))
        await scene.fill(7)
        reset, event = phone.hears()
        assert reset == {"t": "reset", "conv": scene.room.conv, "epoch": 1, "seq": 6}
        assert event["seq"] == 7


async def test_a_cursor_of_the_future_that_is_on_disk_already_is_no_reset(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(2)
        await scene.room.say(scene.alice)
        scene.house.crowd(0.005)
        last = await scene.room.say(scene.alice)  # not flushed yet: whoever asks now knows more than was shown
        phone = await resume(scene.room, scene.bob, last.seq)
        await scene.fill(5)
        assert phone.seqs() == [5]


async def test_a_replay_shows_todays_content(scene: Scene) -> None:
    alice, room = scene.alice, scene.room
    async with scene.house.open():
        gone, changed = await room.say(alice, "secret @bob"), await room.say(alice, "**old**")
        await room.ask(Edit(by=alice, id=gone.id, body="still secret"))
        await room.ask(Edit(by=alice, id=changed.id, body="*new*"))
        await room.ask(Delete(by=alice, id=gone.id))
        await trio.sleep(0.1)
        for cold in (False, True):
            if cold:
                await scene.house.system.stop("conversation", room.conv)
            phone = await resume(room, scene.bob, 1)
            first, second, edit, other_edit, deletion = phone.hears()
            assert (first["body"], first["deleted"], first["edited"]) == ("", True, True)
            assert first["html"] == ""
            assert (second["body"], second["html"], second["edited"]) == ("*new*", "<p><em>new</em></p>", True)
            assert (edit["t"], edit["body"]) == ("edited", "")
            assert (other_edit["t"], other_edit["body"]) == ("edited", "*new*")
            assert (deletion["t"], deletion["id"]) == ("deleted", gone.id)


async def test_a_replay_after_a_rename_shows_todays_names(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(3)
        await scene.house.store.accounts.rename_user(scene.alice.id, "Alicia")
        await scene.room.ask(Renamed(who=scene.alice.who, name="Alicia"))
        phone = await resume(scene.room, scene.bob, 2)
        await scene.room.say(scene.alice, "hello")
        await scene.house.settle()
        assert [frame["from"]["name"] for frame in phone.hears()] == ["Alicia", "Alicia"]


async def test_a_listener_who_is_full_is_held_and_gets_all_of_it_later_and_nobody_else_waits(scene: Scene) -> None:
    async with scene.house.open():
        slow, quick = await scene.room.listen(scene.bob, room=2_000), await scene.room.listen(scene.alice)
        await scene.fill(10)
        await scene.fill(40)
        assert quick.seqs() == list(range(2, 41))
        seqs = slow.seqs()
        assert seqs == list(range(2, 11))
        assert slow.outbox.take_wakes() == [scene.room.conv]
        while len(seqs) < 39:
            await scene.room.ask(CatchUp(session=slow.id))
            seqs += slow.seqs()
        assert seqs == list(range(2, 41))
        await scene.house.settle()
        assert slow.told == [CaughtUp(conv=scene.room.conv)] * 2


async def test_a_place_is_kept_when_asked_for_again(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(5)
        phone = await resume(scene.room, scene.bob, 3)
        assert isinstance(await phone.subscribe(scene.room, (1, 1)), Described)
        assert await scene.room.ask(CatchUp(session=phone.id)) == Done()
        assert phone.seqs() == [4, 5]
        await scene.house.settle()
        assert phone.told == [CaughtUp(conv=scene.room.conv)] * 2


async def test_who_unsubscribed_hears_nothing_and_has_no_place(scene: Scene) -> None:
    async with scene.house.open():
        phone = await scene.room.listen(scene.bob)
        await scene.room.ask(Unsubscribe(session=phone.id))
        await scene.fill(2)
        assert phone.hears() == []
        assert await scene.room.ask(CatchUp(session=phone.id)) == NotMember()


async def test_who_is_no_member_gets_no_place_in_an_open_conversation_either(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    async with house.open():
        for room in (house.room("open", alice), house.room("closed", alice), house.existing(999)):
            phone = house.connect(bob)
            assert await phone.subscribe(room) == NotMember()
            assert await room.ask(Describe(by=bob)) == NotMember()
            await room.ask(CatchUp(session=phone.id))
            assert phone.hears() == []


async def test_a_session_that_ended_without_a_word_is_forgotten_when_it_is_full(scene: Scene) -> None:
    async with scene.house.open():
        phone = await scene.room.listen(scene.bob, room=0)
        phone.disconnect()
        await scene.fill(2)
        assert phone.id not in scene.house.switchboard.room(scene.room.conv)


async def test_a_session_that_ends_during_its_replay_harms_nobody(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(5)
        await scene.house.system.stop("conversation", scene.room.conv)
        phone = scene.house.connect(scene.bob)
        await phone.subscribe(scene.room, (1, 1))
        scene.room.tell(CatchUp(session=phone.id))
        scene.house.switchboard.room(scene.room.conv).forget(phone.id)
        await scene.fill(6)
        assert phone.hears() == []


async def test_an_outbox_that_breaks_costs_its_own_session_only(scene: Scene) -> None:
    async with scene.house.open():
        broken, fine = await scene.room.listen(scene.bob), await scene.room.listen(scene.alice)
        broken.outbox.push = fail_to_push  # type: ignore[method-assign]
        await scene.fill(3)
        assert broken.gate.code is CloseCode.GOING_AWAY
        assert fine.seqs() == [2, 3]


async def test_a_session_that_cannot_be_told_is_cut(scene: Scene) -> None:
    async with scene.house.open():
        phone = await scene.room.listen(scene.bob)
        del scene.house.sessions[phone.id]
        await scene.house.system.stop("session", phone.id)
        for _ in range(2):  # the first time it is found not to start
            await scene.room.ask(CatchUp(session=phone.id))
            await scene.house.settle()
        scene.house.failures.clear()
        assert phone.gate.code is CloseCode.GOING_AWAY


async def test_a_database_that_cannot_be_read_delays_a_replay_and_nothing_else(scene: Scene) -> None:
    async with scene.house.open():
        await scene.fill(5)
        await scene.house.system.stop("conversation", scene.room.conv)
        phone = scene.house.connect(scene.bob)
        await phone.subscribe(scene.room, (1, 1))
        scene.house.store.unreadable = True
        assert await scene.room.ask(CatchUp(session=phone.id)) == Done()
        await scene.room.say(scene.alice)
        assert phone.hears() == []
        scene.house.store.unreadable = False
        await trio.sleep(0.6)
        assert phone.seqs() == [2, 3, 4, 5, 6]


async def test_the_actor_may_sleep_while_sessions_listen(scene: Scene) -> None:
    async with scene.house.open():
        phone = await scene.room.listen(scene.bob)
        await trio.sleep(200)
        assert scene.house.system.statistics()["conversation"].actors == 0
        await scene.room.say(scene.alice)
        await scene.house.settle()
        assert phone.seqs() == [2]


async def test_an_empty_room_is_forgotten_when_the_actor_sleeps(scene: Scene) -> None:
    async with scene.house.open():
        await scene.room.say(scene.alice)
        await trio.sleep(200)
        assert scene.house.switchboard.statistics()["rooms"] == 0


async def test_what_is_asked_of_a_conversation_that_is_not_there_leaves_nothing_in_memory(house: House) -> None:
    alice = house.user("alice")
    async with house.open():
        for conv in range(50, 60):
            await house.existing(conv).ask(Describe(by=alice))
        await trio.sleep(0.1)
        assert house.system.statistics()["conversation"].actors == 0
        assert house.switchboard.statistics()["rooms"] == 0


async def test_an_answer_knows_no_less_than_what_its_asker_was_told_before(scene: Scene) -> None:
    async with scene.house.open():
        await scene.room.say(scene.alice)
        said = await scene.room.say(scene.alice)
        described = await scene.room.ask(Describe(by=scene.alice))
        assert described.summary.seq == said.seq


async def test_a_place_for_a_session_that_has_gone_again_is_not_kept(scene: Scene) -> None:
    async with scene.house.open():
        phone = scene.house.connect(scene.bob)
        phone.disconnect()
        await scene.room.ask(Subscribe(by=scene.bob, session=phone.id))
        assert scene.house.switchboard.owners(scene.room.conv) == {}


def fail_to_push(piece: bytes) -> bool:
    raise RuntimeError("out of order")
