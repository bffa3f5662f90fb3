"""Calls in order, once or until they are taken, over crashes and restarts."""

import pytest
import trio

from actors.messages.conversation import Delete, RemoveMembers
from actors.ports import OutboundError, Unreachable
from actors.values import Caller, Lane
from actors.webhook import actor as actor_module
from tests.actors.webhook.post import Post, RoomUnderTest
from tests.fakes.outbound import Answer, text


async def direct(post: Post, **changes: str | None) -> tuple[Caller, Caller, RoomUnderTest]:
    alice, bot = post.user("alice"), await post.bot(**changes)
    return alice, bot, post.room("direct", alice, bot)


async def listener(post: Post) -> tuple[Caller, Caller, RoomUnderTest]:
    """A bot that is told of events, in a room with others."""
    alice, bot = post.user("alice"), await post.bot(webhook_url=None, events_url="http://help/events")
    return alice, bot, post.room("closed", alice, bot, name="ops")


# ---------------------------------------------------------------------------------------------- one attempt


async def test_a_message_is_answered_in_the_conversation(post: Post) -> None:
    alice, bot, room = await direct(post)
    async with post.open():
        post.outbound.script.append(text("hi yourself"))
        said = await room.say(alice, "hi")
        await post.settle()
        assert room.said_by(bot) == ["hi yourself"]
        (sent,) = post.outbound.sent
        assert (sent.url, sent.json["message"]["id"], sent.json["room"]["name"]) == (
            "http://help/hook",
            said.id,
            "alice",
        )
        assert sent.headers["webhook-signature"].startswith("v1,")
        assert post.states() == [("done", "200")]
        assert post.meters.outcomes == {"ok": 1}


async def test_messages_are_delivered_in_order_one_at_a_time(post: Post) -> None:
    alice, bot, room = await direct(post)
    async with post.open():
        post.outbound.script.extend(Answer(200, "text/plain", [b"%d" % n], after=5 - n) for n in range(5))
        for number in range(5):
            await room.say(alice, f"{number}")
        await trio.sleep(20)
        assert room.said_by(bot) == ["0", "1", "2", "3", "4"]
        assert [sent.json["message"]["body"]["plain"] for sent in post.outbound.sent] == ["0", "1", "2", "3", "4"]
        assert post.outbound.most == 1


async def test_a_slow_bot_does_not_hold_up_another_one(post: Post) -> None:
    alice, slow, room = await direct(post)
    quick = await post.bot("good")
    other = post.room("direct", alice, quick)
    async with post.open():
        post.outbound.script.extend([Answer(204, after=30), text("here")])
        await room.say(alice)
        await post.settle()
        await other.say(alice)
        await trio.sleep(1)
        assert (room.said_by(slow), other.said_by(quick)) == ([], ["here"])


async def test_only_so_many_calls_are_under_way_at_a_time() -> None:
    post = Post(at_a_time=2)
    alice = post.user("alice")
    rooms = [post.room("direct", alice, await post.bot(name)) for name in ("aaaa", "bbbb", "cccc", "dddd", "eeee")]
    async with post.open():
        post.outbound.otherwise = Answer(204, after=10)
        for room in rooms:
            await room.say(alice)
        await trio.sleep(60)
        assert (len(post.outbound.sent), post.outbound.most) == (5, 2)


async def test_a_failure_is_said_once_and_not_repeated(post: Post) -> None:
    alice, bot, room = await direct(post)
    async with post.open():
        post.outbound.otherwise = Unreachable()
        await room.say(alice)
        await trio.sleep(10_000)
        assert room.said_by(bot) == ["Failed to respond (connection error)"]
        assert (len(post.outbound.sent), post.states()) == (1, [("dead", "connection")])
        assert (post.meters.outcomes, post.meters.lost) == ({"connection": 1}, 1)


async def test_two_bots_that_answer_each_other_come_to_an_end(post: Post) -> None:
    alice, one, two = post.user("alice"), await post.bot("help"), await post.bot("good")
    room = post.room("direct", alice, one, two)
    async with post.open():
        post.outbound.otherwise = text("and you?")
        await room.say(alice, "hello")
        await trio.sleep(1_000)
        assert (room.said_by(one), room.said_by(two)) == (["and you?"], ["and you?"])
        assert len(post.outbound.sent) == 2


async def test_a_message_that_was_deleted_before_is_not_told_of(post: Post) -> None:
    alice, _bot, room = await direct(post)
    async with post.open():
        post.outbound.script.append(Answer(204, after=5))
        await room.say(alice, "first")
        second = await room.say(alice, "second")
        await room.tell(Delete(by=alice, id=second.id))
        await trio.sleep(10)
        assert len(post.outbound.sent) == 1
        assert post.states() == [("done", "204"), ("done", "deleted")]


async def test_what_waits_for_a_bot_without_an_address_is_given_up(post: Post) -> None:
    alice, bot, room = await direct(post)
    async with post.open():
        post.outbound.script.append(Answer(204, after=5))
        await room.say(alice, "first")
        await room.say(alice, "second")
        await post.store.accounts.update_bot(bot.id, {"webhook_url": None})
        await trio.sleep(10)
        assert post.states() == [("done", "204"), ("dead", "no address")]


async def test_a_call_goes_to_the_address_of_its_time(post: Post) -> None:
    alice, bot, room = await direct(post)
    async with post.open():
        post.outbound.script.append(Answer(204, after=5))
        await room.say(alice, "first")
        await room.say(alice, "second")
        await post.store.accounts.update_bot(bot.id, {"webhook_url": "http://new/"})
        await trio.sleep(10)
        assert [sent.url for sent in post.outbound.sent] == ["http://help/hook", "http://new/"]


async def test_a_bot_that_was_put_out_meanwhile_says_nothing(post: Post) -> None:
    alice, bot = post.user("alice"), await post.bot()
    room = post.room("closed", alice, bot)
    async with post.open():
        post.outbound.script.append(Answer(200, "text/plain", [b"too late"], after=5))
        await room.say(alice, "@help me")
        await room.tell(RemoveMembers(by=alice, members=[bot.who]))
        await trio.sleep(10)
        assert room.said_by(bot) == []
        assert post.states() == [("done", "200, not said")]


async def test_a_call_that_cannot_be_made_does_not_hold_up_the_next_one(post: Post) -> None:
    alice, bot = post.user("alice"), await post.bot("no!!")  # which makes its secret no base64
    room = post.room("direct", alice, bot)
    async with post.open():
        await room.say(alice, "first")
        await post.settle()
        assert room.said_by(bot) == ["Failed to respond (error)"]
        await post.store.accounts.update_bot(bot.id, {"name": "abc"})
        await post.store.accounts.rotate_bot(bot.id, "webhook_secret")
        await room.say(alice, "second")
        await post.settle()
        assert post.states() == [("dead", "error"), ("done", "204")]


# ---------------------------------------------------------------------------------------------- until taken


async def test_an_event_is_told_to_whoever_asked_for_events(post: Post) -> None:
    alice, bot, room = await listener(post)
    async with post.open():
        post.outbound.script.append(text("nobody reads this"))
        await room.say(alice, "hello")
        await post.settle()
        (sent,) = post.outbound.sent
        assert (sent.url, sent.json["type"], sent.json["data"]["message"]["body"]) == (
            "http://help/events",
            "message.created",
            "hello",
        )
        assert room.said_by(bot) == []
        assert post.states("events") == [("done", "200")]


async def test_an_event_that_is_not_taken_is_repeated_under_its_id(post: Post) -> None:
    alice, bot, room = await listener(post)
    async with post.open():
        post.outbound.script.extend([Unreachable(), Answer(500), Answer(204)])
        await room.say(alice)
        await trio.sleep(36)
        assert [round(sent.at) for sent in post.outbound.sent] == [0, 5, 35]
        assert len({sent.id for sent in post.outbound.sent}) == 1
        assert len({sent.headers["webhook-signature"] for sent in post.outbound.sent}) == 3
        assert post.states("events") == [("done", "204")]
        assert room.said_by(bot) == []


async def test_an_event_is_given_up_after_the_last_wait(post: Post) -> None:
    alice, _bot, room = await listener(post)
    async with post.open():
        post.outbound.otherwise = Answer(503)
        await room.say(alice)
        await trio.sleep(1_000)
        assert [round(sent.at) for sent in post.outbound.sent] == [0, 5, 35, 155]
        assert post.states("events") == [("dead", "503")]
        assert post.meters.lost == 1


async def test_an_event_that_waits_lets_the_next_ones_go_first(post: Post) -> None:
    alice, _bot, room = await listener(post)
    async with post.open():
        post.outbound.script.append(Answer(503))
        await room.say(alice, "first")
        await post.settle()
        await room.say(alice, "second")
        await trio.sleep(6)
        told = [sent.json["data"]["message"]["body"] for sent in post.outbound.sent]
        assert told == ["first", "second", "first"]


async def test_a_bot_may_have_both_and_neither_holds_up_the_other(post: Post) -> None:
    alice, _bot, room = await direct(post, events_url="http://help/events")
    async with post.open():
        post.outbound.otherwise = Answer(204, after=20)
        await room.say(alice)
        await trio.sleep(25)
        assert sorted(sent.url for sent in post.outbound.sent) == ["http://help/events", "http://help/hook"]
        assert post.outbound.most == 2


# ---------------------------------------------------------------------------------------------- crashes, restarts


@pytest.mark.parametrize("kind", ["cordless", "events"])
async def test_a_call_that_a_kill_cuts_off_is_made_again_under_its_id(post: Post, kind: str) -> None:
    alice, bot, room = await (direct(post) if kind == "cordless" else listener(post))
    async with post.open_until_killed():
        post.outbound.script.append(Answer(200, "text/plain", [b"first"], after=5))
        await room.say(alice)
        await trio.sleep(2)
    async with post.open():
        post.outbound.script.append(text("second"))
        await post.settle()
    assert len({sent.id for sent in post.outbound.sent}) == 1
    assert (len(post.outbound.sent), post.states(kind)) == (2, [("done", "200")])
    assert room.said_by(bot) == (["second"] if kind == "cordless" else [])


async def test_an_answer_that_was_said_before_the_kill_is_not_said_again(post: Post) -> None:
    alice, bot, room = await direct(post)
    post.outbound.otherwise = text("hi")
    post.store.outbox.stuck = True
    async with post.open_until_killed():
        await room.say(alice)
        await trio.sleep(1)
        assert room.said_by(bot) == ["hi"]
    post.store.outbox.stuck = False
    post.outbound.otherwise = text("hi again")
    async with post.open():
        await post.settle()
    assert (len(post.outbound.sent), room.said_by(bot)) == (2, ["hi"])
    assert post.states() == [("done", "200")]


async def test_what_waits_is_found_at_the_next_start(post: Post) -> None:
    alice, _bot, room = await listener(post)
    async with post.open():
        post.outbound.script.append(Answer(503))
        await room.say(alice)
        await post.settle()
    async with post.open():
        await trio.sleep(6)
        assert post.states("events") == [("done", "204")]


async def test_a_drain_waits_for_no_slow_server(post: Post) -> None:
    alice, _bot, room = await direct(post)
    async with post.open(drain_s=4.0):
        post.outbound.otherwise = Answer(204, after=30)
        for _ in range(3):
            await room.say(alice)
        await post.settle()
        before = trio.current_time()
    assert trio.current_time() - before <= 4.0
    assert [state for state, _ in post.states()] == ["pending"] * 3
    assert len(post.outbound.sent) == 1


async def test_nothing_is_lost_while_the_store_does_not_answer(post: Post) -> None:
    alice, bot, room = await direct(post)
    post.outbound.otherwise = Answer(200, "text/plain", [b"hi"], after=2)
    async with post.open():
        await room.say(alice)
        await trio.sleep(1)
        post.store.outbox.unreadable = True
        await trio.sleep(10)
        post.store.outbox.unreadable = False
        await trio.sleep(10)
        assert (len(post.outbound.sent), room.said_by(bot), post.states()) == (1, ["hi"], [("done", "200")])
        post.store.outbox.unreadable = True
        await room.say(alice)
        await trio.sleep(10)
        post.store.outbox.unreadable = False
        await trio.sleep(10)
        assert post.states() == [("done", "200")] * 2


async def test_an_answer_waits_for_a_conversation_that_cannot_write(post: Post) -> None:
    alice, bot, room = await direct(post)
    post.outbound.otherwise = Answer(200, "text/plain", [b"hi"], after=1)
    async with post.open():
        await room.say(alice)
        post.store.log.unavailable = True
        await trio.sleep(20)
        assert post.states() == [("pending", None)]
        post.store.log.unavailable = False
        await trio.sleep(5)
        assert (len(post.outbound.sent), room.said_by(bot), post.states()) == (1, ["hi"], [("done", "200")])


async def test_the_actor_sleeps_when_nothing_waits_and_wakes_again(post: Post) -> None:
    alice, _bot, room = await direct(post)
    async with post.open():
        await room.say(alice)
        await trio.sleep(300)
        assert post.system.statistics()["webhook"].actors == 0
        await room.say(alice)
        await post.settle()
        assert len(post.outbound.sent) == 2


# ---------------------------------------------------------------------------------------------- bounds


async def test_the_oldest_calls_are_given_up_when_too_many_wait(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_module, "MAX_WAITING", 3)
    alice, _bot, room = await direct(post)
    async with post.open():
        post.outbound.script.append(Answer(204, after=10))
        for number in range(6):
            await room.say(alice, f"{number}")
        await trio.sleep(20)
        told = [sent.json["message"]["body"]["plain"] for sent in post.outbound.sent]
        assert told == ["0", "3", "4", "5"]
        assert post.states()[1:3] == [("dead", "too many waited")] * 2
        assert post.meters.lost == 2


async def test_only_the_last_outcomes_are_kept(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_module, "ENDED_KEPT", 2)
    alice, _bot, room = await direct(post)
    async with post.open():
        for _ in range(5):
            await room.say(alice)
        await trio.sleep(300)
        assert post.states() == [("done", "204")] * 2


async def test_how_many_wait_is_told(post: Post) -> None:
    alice, bot, room = await listener(post)
    lane = Lane("events", bot.id)
    async with post.open():
        post.outbound.otherwise = Answer(503)
        for _ in range(3):
            await room.say(alice)
        await post.settle()
        assert post.meters.depth == {lane: 3}
        post.outbound.otherwise = Answer(204)
        await trio.sleep(10)
        assert post.meters.depth == {lane: 0}


async def test_a_kind_that_nobody_knows_is_left_alone(post: Post) -> None:
    async with post.open():
        post.wake(Lane("telegram", 1))
        await post.settle()


async def test_errors_of_the_outbound_port_never_reach_the_runtime(post: Post) -> None:
    alice, _bot, room = await direct(post)
    async with post.open():
        post.outbound.otherwise = OutboundError("odd")
        await room.say(alice)
        await post.settle()
    assert post.failures == []
