"""What a sender is told, and when the others see it."""

import pytest
import trio
from msgspec.json import encode
from msgspec.structs import replace

from actors.conversation.pending import weight
from actors.messages.conversation import Delete, Edit, Publish, Rename
from actors.messages.outcomes import Published, Refused
from actors.values import attachment
from protocol.codec import JSON, MSGPACK
from protocol.codes import ErrorCode
from protocol.frames import Actor, Message
from tests.actors.conversation.house import House


async def test_a_message_reaches_every_listener_in_both_subprotocols_the_sender_too(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phones = [await room.listen(who, codec=codec) for who in (alice, bob) for codec in (MSGPACK, JSON)]
        said = await room.say(alice, "hello")
        await house.settle()
        for phone in phones:
            [frame] = phone.hears()
            at = {key: frame.pop(key) for key in ("seq", "id", "at")}
            assert at == {"seq": said.seq, "id": said.id, "at": said.at}
            sender = {"kind": "user", "id": alice.id, "name": "alice"}
            assert frame == {"t": "message", "conv": room.conv, "from": sender, "body": "hello", "cid": frame["cid"]}


async def test_nobody_sees_a_message_and_its_sender_gets_no_answer_before_it_is_on_disk(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        house.store.log.hold()
        answer = room.tell(Publish(by=alice, cid="1", body="wait"))
        await house.settle()
        assert phone.hears() == []
        assert not answer.given.is_set()
        house.store.log.release()
        await house.settle()
        assert phone.bodies() == ["wait"]
        assert isinstance(answer.outcome, Published)


async def test_seqs_have_no_holes_and_all_hear_the_same_order(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phones = [await room.listen(alice), await room.listen(bob)]
        house.store.log.hold()
        answers = [room.tell(Publish(by=who, cid=str(n), body=str(n))) for n in range(50) for who in (alice, bob)]
        house.store.log.release()
        await trio.sleep(1)
        assert [answer.outcome.seq for answer in answers] == list(range(2, 102))
        heard = [[(f["seq"], f["body"]) for f in phone.hears()] for phone in phones]
        assert heard[0] == heard[1]
        assert [seq for seq, _ in heard[0]] == list(range(2, 102))


async def test_what_one_commit_brought_is_one_piece(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        house.store.log.hold()
        for n in range(10):
            room.tell(Publish(by=alice, cid=str(n), body=str(n)))
        await house.settle()
        house.store.log.release()
        await house.settle()
        assert len(phone.outbox.pieces) == 1
        assert len(phone.hears()) == 10


async def test_a_room_waits_for_nothing_while_there_is_time_and_joins_what_comes_else(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        await room.say(alice, "first")
        await house.settle()
        assert phone.bodies() == ["first"]
        house.crowd(0.005)
        await room.say(alice, "second")
        await room.say(alice, "third")
        await house.settle()
        assert phone.bodies() == []
        await trio.sleep(0.006)
        assert len(phone.outbox.pieces) == 1
        assert phone.bodies() == ["second", "third"]


async def test_the_same_cid_is_the_same_message_while_it_is_on_its_way(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        house.store.log.hold()
        message = Publish(by=alice, cid="same", body="once")
        first, second = room.tell(message), room.tell(message)
        await house.settle()
        assert not second.given.is_set()
        house.store.log.release()
        await house.settle()
        assert first.outcome == Published(conv=room.conv, seq=2, id=first.outcome.id, at=first.outcome.at)
        assert second.outcome == Published(conv=room.conv, seq=2, id=first.outcome.id, at=first.outcome.at, dup=True)
        assert len(room.stored.log) == 2


async def test_the_same_cid_is_the_same_message_soon_after(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        message = Publish(by=alice, cid="same", body="once")
        first = await room.ask(message)
        again = await room.ask(message)
        assert (again.seq, again.id, again.at, again.dup) == (first.seq, first.id, first.at, True)
        assert len(house.store.log.submitted) == 1


async def test_the_same_cid_is_the_same_message_long_after_and_what_came_with_it_is_stored_once(
    house: House,
) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        old = Publish(by=alice, cid="old", body="once")
        first = await room.ask(old)
        await house.system.stop("conversation", room.conv)  # its memory of cids is gone
        phone = await room.listen(bob)
        house.store.log.hold()
        answers = [
            room.tell(message)
            for message in (
                Publish(by=bob, cid="before", body="before"),
                old,
                Publish(by=bob, cid="after", body="after"),
                old,
            )
        ]
        await house.settle()
        house.store.log.release()
        await trio.sleep(1)
        before, again, after, once_more = (answer.outcome for answer in answers)
        assert (before.seq, before.dup, after.seq, after.dup) == (3, False, 4, False)
        assert (again.seq, again.id, again.dup) == (first.seq, first.id, True)
        assert once_more == again
        assert phone.bodies() == ["before", "after"]


async def test_anothers_cid_is_another_message(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        first = await room.ask(Publish(by=alice, cid="1", body="a"))
        second = await room.ask(Publish(by=bob, cid="1", body="b"))
        assert (first.dup, second.dup, second.seq) == (False, False, 3)


async def test_a_failed_commit_acknowledges_nothing_and_leaves_no_hole(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        await room.say(alice)
        house.store.log.hold()
        house.store.log.fail_next()
        lost = [room.tell(Publish(by=alice, cid=cid, body="lost")) for cid in ("a", "b", "a")]
        await house.settle()
        house.store.log.release()
        await house.settle()
        for answer in lost:
            assert isinstance(answer.outcome, Refused)
            assert (answer.outcome.code, answer.outcome.retry_ms) == (ErrorCode.UNAVAILABLE, 500)
        retried = await room.ask(Publish(by=alice, cid="a", body="lost"))
        assert (retried.seq, retried.dup) == (3, False)
        await trio.sleep(1)
        assert phone.bodies() == ["hi", "lost"]


async def test_a_log_that_takes_nothing_is_said_at_once_and_costs_no_seq(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        house.store.log.busy = True
        busy = await room.ask(Publish(by=alice, cid="1", body="x"))
        house.store.log.busy, house.store.log.unavailable = False, True
        unavailable = await room.ask(Publish(by=alice, cid="1", body="x"))
        house.store.log.unavailable = False
        assert (busy.code, busy.retry_ms) == (ErrorCode.BUSY, 500)
        assert (unavailable.code, unavailable.retry_ms) == (ErrorCode.UNAVAILABLE, 500)
        assert (await room.say(alice)).seq == 2


async def test_too_much_on_its_way_to_the_disk_is_refused_as_busy() -> None:
    house = House(pending_rows=3)
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        house.store.log.hold()
        answers = [room.tell(Publish(by=alice, cid=str(n), body="x")) for n in range(4)]
        await house.settle()
        assert answers[3].outcome.code is ErrorCode.BUSY
        assert answers[3].outcome.retry_ms > 0
        house.store.log.release()
        await house.settle()
        assert [answer.outcome.seq for answer in answers[:3]] == [2, 3, 4]


def test_files_count_for_what_may_wait_and_be_remembered() -> None:
    file = attachment(7, "a" * 100, "image/png", 12)
    alice = Actor("user", 1, "alice")
    bare = Message(conv=1, seq=1, at=1, id=1, sender=alice, body="x", cid="1")
    assert weight(replace(bare, attachments=[file] * 20)) - weight(bare) >= 20 * len(encode(file))


async def test_a_message_carries_its_files_until_it_is_deleted(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    files = [attachment(7, "a.png", "image/png", 12), attachment(8, "b.txt", "text/plain", 1)]
    async with house.open():
        phone = await room.listen(alice)
        said = await room.ask(Publish(by=alice, cid="1", body="x", attachments=files))
        await trio.sleep(1)
        url = {"url": "/attachments/7/a.png"}
        assert phone.hears()[-1]["attachments"][0] == {
            "id": 7,
            "name": "a.png",
            "content_type": "image/png",
            "size": 12,
            **url,
        }
        await room.ask(Edit(by=alice, id=said.id, body="y"))
        await trio.sleep(1)
        replayed = (await room.listen(alice, after=(1, 1))).hears()
        assert [file["id"] for file in replayed[0]["attachments"]] == [7, 8]
        await room.ask(Delete(by=alice, id=said.id))
        await trio.sleep(1)
        replayed = (await room.listen(alice, after=(1, 1))).hears()
        assert replayed[0]["deleted"]
        assert "attachments" not in replayed[0]


async def test_a_reply_is_to_a_message_that_is_there(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        first = await room.say(alice)
        phone = await room.listen(alice)
        await room.say(alice, "answer", reply_to=first.id)
        await trio.sleep(1)
        assert phone.hears()[0]["reply_to"] == first.id
        refused = await room.ask(Publish(by=alice, cid="x", body="x", reply_to=999))
        assert (refused.code, refused.field) == (ErrorCode.NOT_FOUND, "reply_to")


async def test_markup_and_mentions_are_found_when_a_message_is_published(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        await room.say(alice, "**look**, @Bob")
        [frame] = phone.hears()
        assert frame["html"] == "<p><strong>look</strong>, @Bob</p>"
        assert frame["mentions"] == [{"kind": "user", "id": bob.id, "name": "bob"}]


async def test_meters_count_messages_and_deliveries(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        for who in (alice, bob, bob):
            await room.listen(who)
        await room.say(alice)
        await house.settle()
        assert (house.meters.publishes, house.meters.deliveries) == (1, 3)
        assert set(house.meters.stages.values()) == {1}


async def test_every_second_of_every_message_is_in_one_stage(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        await room.listen(alice)
        house.store.log.hold()
        for number in range(3):
            room.tell(Publish(by=alice, cid=f"c{number}", body="x", came=trio.current_time() - 0.25))
            await trio.sleep(0.5)
        room.tell(Rename(by=alice, name="no message"))
        house.crowd(2.0)
        house.store.log.release()
        await trio.sleep(3)
        stages, seconds = house.meters.stages, house.meters.seconds
        assert stages == dict.fromkeys(("receive", "conversation", "commit", "fanout", "socket", "total"), 3)
        assert seconds["receive"] == pytest.approx(3 * 0.25)
        assert seconds["commit"] == pytest.approx(1.5 + 1.0 + 0.5)
        assert seconds["fanout"] == pytest.approx(3 * 2.0)
        parts = sum(seconds[stage] for stage in seconds if stage != "total")
        assert seconds["total"] == pytest.approx(parts)
