"""A broadcast in virtual time: everybody once, in order, at its pace, over pauses, kills and stores that fail."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from actors.chatpion.ports import NewLetter
from actors.chatpion.values import Letter
from actors.messages.broadcast import Cancel, Pause, Resume
from actors.messages.outcomes import Refused
from actors.messages.subscriber import Remove
from actors.ports import StoreUnavailable
from protocol.codes import ErrorCode
from tests.actors.broadcast.studio import Studio
from tests.fakes.outbound import Answer

PNG = b"\x89PNG\r\n\x1a\n"
BOTH = ["broadcast.started", "broadcast.completed"]


def names(studio: Studio) -> list[str]:
    """What accounts were told of broadcasts."""
    return [name for name, _ in studio.broadcasts.events]


async def test_everybody_gets_it_once_in_order_and_it_is_told_of_once() -> None:
    studio = Studio(25)
    async with studio.open():
        made = await studio.announce()
        ended = await studio.ended(made)
        await trio.sleep(100)
    assert studio.heard() == [1] * 25
    # Ten are told side by side, and the tens in order.
    told = [letter.subscriber - studio.people[0].id for letter in studio.broadcasts.letters(made.id)]
    assert [number // 10 for number in told] == [0] * 10 + [1] * 10 + [2] * 5
    assert (ended.sent, ended.failed, ended.total) == (25, 0, 25)
    assert names(studio) == BOTH
    assert len(studio.agenda) == 0


async def test_it_is_sent_evenly_and_never_faster_than_its_pace() -> None:
    studio = Studio(100, per_s=20)
    async with studio.open():
        await studio.announce()
        began = trio.current_time()
        for second in range(1, 5):
            await trio.sleep_until(began + second)
            assert second * 20 - 4 <= studio.told() <= second * 20 + 4


async def test_a_pace_below_one_a_second_is_kept() -> None:
    studio = Studio(3, per_s=0.1)
    async with studio.open():
        await studio.announce()
        for told in (1, 2, 3):
            await trio.sleep(9.9)
            assert studio.told() == told
            await trio.sleep(0.1)


async def test_it_begins_when_it_is_due_and_not_before() -> None:
    studio = Studio(2)
    async with studio.open():
        made = await studio.announce(in_s=86.4)
        await trio.sleep(86.3)
        assert names(studio) == []
        await studio.ended(made, within_s=3)
        assert studio.broadcasts.rows[made.id].started_at == made.due_at


async def test_nobody_is_told_after_the_answer_to_a_pause_until_it_is_resumed() -> None:
    studio = Studio(50, per_s=10)
    async with studio.open():
        made = await studio.announce()
        await trio.sleep(2)
        for _ in range(2):
            paused = await studio.wish(made, Pause())
            told = studio.told()
            assert (paused.status, paused.sent) == ("paused", told)
            await trio.sleep(100)
            assert studio.told() == told
        assert 10 <= told < 40
        assert (await studio.wish(made, Resume())).status == "started"
        await studio.ended(made)
    assert studio.heard() == [1] * 50
    assert names(studio) == BOTH


async def test_one_that_was_paused_before_its_time_waits_for_it_again() -> None:
    studio = Studio(2)
    async with studio.open():
        made = await studio.announce(in_s=50)
        assert (await studio.wish(made, Pause())).status == "paused"
        await trio.sleep(20)
        assert (await studio.wish(made, Resume())).status == "scheduled"
        await trio.sleep(29)
        assert studio.told() == 0
        await studio.ended(made, within_s=3)


async def test_one_that_is_resumed_after_its_time_starts_at_once() -> None:
    studio = Studio(2)
    async with studio.open():
        made = await studio.announce(in_s=50)
        await studio.wish(made, Pause())
        await trio.sleep(60)
        assert studio.told() == 0
        assert (await studio.wish(made, Resume())).status == "started"
        await studio.ended(made, within_s=3)
    assert names(studio) == BOTH


async def test_what_is_cancelled_reaches_nobody_further_and_does_not_complete() -> None:
    studio = Studio(50, per_s=10)
    async with studio.open():
        made = await studio.announce()
        await trio.sleep(2)
        ended = await studio.wish(made, Cancel())
        told = studio.told()
        assert (ended.status, ended.sent) == ("cancelled", told)
        for message in (Pause(), Resume()):
            refused = await studio.wish(made, message)
            assert isinstance(refused, Refused)
            assert (refused.code, "that is cancelled cannot be" in refused.message) == (ErrorCode.BAD_REQUEST, True)
        assert (await studio.wish(made, Cancel())).status == "cancelled"
        await trio.sleep(100)
    assert 10 <= studio.told() == told < 40
    assert names(studio) == BOTH[:1]


async def test_over_kills_everybody_gets_it_once() -> None:
    studio = Studio(60, per_s=20)
    async with studio.open():
        made = await studio.announce()
        await trio.sleep(0.51)
    for _ in range(4):
        assert 0 < studio.told() < 60
        async with studio.open():
            await trio.sleep(0.37)
    async with studio.open():
        await studio.ended(made)
    assert studio.heard() == [1] * 60
    assert names(studio) == BOTH


async def test_a_store_that_fails_for_a_time_delays_it_and_no_more() -> None:
    studio = Studio(30, per_s=10)
    async with studio.open():
        made = await studio.announce()
        await trio.sleep(1)
        studio.chatpion.unreadable = True
        await trio.sleep(30)
        assert studio.told() < 30
        studio.chatpion.unreadable = False
        await studio.ended(made)
    assert studio.heard() == [1] * 30
    assert names(studio) == BOTH


async def test_whoever_cannot_be_told_now_has_another_turn_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio(20, per_s=10)
    queue, stuck = studio.chatpion.letters.queue, studio.people[3]

    async def refusing(new: NewLetter) -> Letter:
        if trio.current_time() < until and new.subscriber == stuck.id:
            raise StoreUnavailable("not now", 100)
        return await queue(new)

    monkeypatch.setattr(studio.chatpion.letters, "queue", refusing)
    async with studio.open():
        until = trio.current_time() + 20
        made = await studio.announce()
        await trio.sleep(10)
        assert studio.heard() == [1, 1, 1, 0, *[1] * 16]
        ended = await studio.ended(made)
    assert studio.heard() == [1] * 20
    assert ended.sent == 20


async def test_it_fails_for_who_is_deleted_in_between() -> None:
    studio = Studio(30, per_s=10)
    async with studio.open():
        made = await studio.announce()
        await trio.sleep(1)
        await studio.tell(studio.people[25], Remove())
        ended = await studio.ended(made)
    assert (ended.sent, ended.failed, ended.total) == (29, 1, 30)
    assert [letter.error for letter in studio.broadcasts.letters(made.id) if letter.state == "failed"] == [
        "The subscriber was deleted"
    ]


async def test_it_waits_for_what_is_not_said_yet() -> None:
    studio = Studio(3)
    async with studio.open():
        studio.store.log.unavailable = True
        made = await studio.announce()
        await trio.sleep(30)
        assert studio.broadcasts.rows[made.id].status == "started"
        studio.store.log.unavailable = False
        await studio.ended(made)
    assert studio.heard() == [1] * 3


async def test_with_nobody_to_tell_it_starts_and_completes() -> None:
    studio = Studio(0)
    async with studio.open():
        ended = await studio.ended(await studio.announce())
    assert (ended.total, names(studio)) == (0, BOTH)


async def test_texts_are_expanded_only_if_that_is_wished() -> None:
    studio = Studio(0)
    anna = studio.chatpion.subscriber(studio.account, "anna", name="Anna")
    studio.people.append(anna)
    async with studio.open():
        for wish in ({}, {"personalize": True}):
            more: dict[str, Any] = {"text": "Hello, {{name}}!", **wish}
            await studio.ended(await studio.announce(**more))
    assert studio.bodies(anna) == ["Hello, {{name}}!", "Hello, Anna!"]


async def test_a_file_from_elsewhere_is_fetched_once_for_all() -> None:
    studio = Studio(30)
    studio.files.otherwise = Answer(200, "image/png", [PNG], after=3.0)
    async with studio.open():
        made = await studio.announce(type="image", attachment="http://files.example/x.png")
        await trio.sleep(1)
        # It may be paused while it waits for the file.
        assert (await studio.wish(made, Pause())).status == "paused"
        await studio.wish(made, Resume())
        ended = await studio.ended(made)
    assert [call.url for call in studio.files.sent] == ["http://files.example/x.png"]
    assert ended.sent == 30
    assert {letter.file for letter in studio.broadcasts.letters(made.id)} == {ended.file}
    assert all(message.attachments for each in studio.people for message in studio.said(each))


async def test_a_file_that_cannot_be_had_lets_it_fail_for_all() -> None:
    studio = Studio(250)
    studio.files.otherwise = Answer(404)
    async with studio.open():
        made = await studio.announce(type="image", attachment="http://files.example/x.png")
        ended = await studio.ended(made)
    assert len(studio.files.sent) == 1
    assert (ended.sent, ended.failed, ended.total) == (0, 250, 250)
    errors = {letter.error for letter in studio.broadcasts.letters(made.id)}
    assert errors == {"The attachment could not be fetched: the server answered 404"}
    assert studio.told() == 0


async def test_it_takes_no_memory_once_it_has_ended() -> None:
    studio = Studio(3)
    async with studio.open():
        await studio.ended(await studio.announce())
        await studio.announce(in_s=9_000)
        await trio.sleep(60)
        assert studio.system.statistics()["broadcast"].actors == 0


async def test_two_at_a_time_do_not_disturb_each_other() -> None:
    studio = Studio(30, per_s=10)
    async with studio.open():
        both = [await studio.announce(text=text) for text in ("one", "two")]
        for each in both:
            await studio.ended(each)
    assert [sorted(studio.bodies(each)) for each in studio.people] == [["one", "two"]] * 30
