"""Telling and asking: what is refused, what is answered, what a deadline means."""

import pytest
import trio
from trio.testing import MockClock

from actors.runtime import (
    AskTimeout,
    Crashed,
    MailboxFull,
    NoSuchActor,
    NotEncodable,
    Overflow,
    Stopped,
    System,
    UnknownKind,
)
from tests.actors.runtime.puppet import GHOST, Fail, Give, Keep, Letterbox, Say, Stage, Take, settle, tell


async def test_refs_are_equal_by_address(stage: Stage) -> None:
    system = System([stage.kind("a"), stage.kind("b")])
    assert system.ref("a", 1) == system.ref("a", 1)
    assert len({system.ref("a", 1), system.ref("a", 1), system.ref("b", 1), system.ref("a", "1")}) == 3
    assert str(system.ref("a", 1).address) == "a/1"


async def test_keys_are_compared_as_they_are(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play()
    for key in (3, "3"):
        system.ref("puppet", key).tell(Say("me"))
    await settle()
    assert len(system.tree().branches[0].actors) == 2


async def test_an_unknown_kind_is_a_bug(stage: Stage) -> None:
    with pytest.raises(UnknownKind, match="'nobody'"):
        System([stage.kind()]).ref("nobody", 1)


async def test_a_full_mailbox_refuses_and_never_answers(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(mailbox_limit=2)
    puppet = system.ref("puppet", 1)
    taken = [tell(puppet, Say("a")), tell(puppet, Say("b"))]
    refused = Letterbox()
    with pytest.raises(MailboxFull):
        puppet.tell(Say("c"), refused)
    await settle()
    assert [box.only for box in taken] == ["a", "b"]
    assert refused.outcomes == []
    assert system.statistics()["puppet"].refused == 1


async def test_what_is_urgent_gets_into_a_full_mailbox(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play(mailbox_limit=1)).ref("puppet", 1)
    tell(puppet, Say("a"))
    assert tell(puppet, Say("b"), urgent=True).outcomes == []
    await settle()
    assert stage.said() == ["start", "say a", "say b"]


@pytest.mark.parametrize(("overflow", "kept"), [(Overflow.DROP_OLDEST, "bc"), (Overflow.DROP_NEWEST, "ab")])
async def test_a_dropped_message_is_answered(
    overflow: Overflow, kept: str, stage: Stage, autojump_clock: MockClock
) -> None:
    system = await stage.play(mailbox_limit=2, overflow=overflow)
    puppet = system.ref("puppet", 1)
    boxes = {text: tell(puppet, Say(text)) for text in "abc"}
    await settle()
    for text, box in boxes.items():
        assert box.only == text if text in kept else isinstance(box.only, MailboxFull)
    assert system.statistics()["puppet"].dropped == 1


async def test_nothing_is_taken_before_the_system_runs_or_after(stage: Stage, nursery: trio.Nursery) -> None:
    system = System([stage.kind()])
    puppet = system.ref("puppet", 1)
    with pytest.raises(Stopped):
        puppet.tell(Say("early"))
    await nursery.start(system.run)
    await system.drain(deadline=trio.current_time() + 1)
    for urgent in (False, True):
        with pytest.raises(Stopped):
            puppet.tell(Say("late"), urgent=urgent)


async def test_an_ask_returns_the_outcome(stage: Stage, autojump_clock: MockClock) -> None:
    assert await (await stage.play()).ref("puppet", 1).ask(Say("a")) == "a"


async def test_an_ask_raises_what_the_runtime_answers(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play()
    with pytest.raises(Crashed):
        await system.ref("puppet", 1).ask(Fail())
    with pytest.raises(NoSuchActor):
        await system.ref("puppet", GHOST).ask(Say("a"))


async def test_an_ask_gives_up_at_its_deadline(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    began = trio.current_time()
    with pytest.raises(AskTimeout, match="within 2 s"):
        await puppet.ask(Take(10.0), timeout_s=2.0)
    assert trio.current_time() == began + 2.0
    assert await puppet.ask(Say("unharmed"), timeout_s=60.0) == "unharmed"


async def test_cancelling_an_ask_abandons_only_the_answer(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    with trio.move_on_after(1.0) as scope:
        await puppet.ask(Keep(), timeout_s=60.0)
    assert scope.cancelled_caught
    assert await puppet.ask(Give()) == "gave"
    assert stage.said() == ["start", "keep"]
    assert stage.failures == []


async def test_a_late_answer_reaches_nobody(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    with pytest.raises(AskTimeout):
        await puppet.ask(Take(5.0), timeout_s=1.0)
    await trio.sleep(10.0)
    assert stage.said() == ["start", "take"]
    assert stage.failures == []


async def test_a_reply_may_be_passed_on_and_is_answered_once(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play()
    box = tell(system.ref("puppet", "front"), Keep())
    await settle()
    system.ref("puppet", "back").tell(Say("from the back"), stage.kept[0])
    await settle()
    assert box.only == "from the back"
    tell(system.ref("puppet", "front"), Fail())
    await settle()
    assert box.only == "from the back"


async def test_a_message_that_cannot_be_encoded_is_refused_in_tests(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    with pytest.raises(NotEncodable, match="object, puppet"):
        puppet.tell(object())
    await settle()
    assert stage.said() == []
