"""One actor from its first message to its end, in virtual time."""

import pytest
import trio
from trio.testing import MockClock

from actors.runtime import (
    Actor,
    Context,
    Crashed,
    Interrupted,
    Kind,
    NoSuchActor,
    Quarantined,
    Reply,
    RestartPolicy,
    State,
)
from tests.actors.runtime.puppet import (
    GHOST,
    Again,
    AnyMessage,
    Boom,
    Doze,
    Fail,
    Give,
    Keep,
    Letterbox,
    Say,
    Stage,
    Take,
    Wake,
    settle,
    tell,
)

PATIENT = RestartPolicy(first_delay_s=1.0, jitter=0.0)


async def test_starts_on_the_first_message_and_handles_all_in_order(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    await settle()
    assert stage.said() == []

    boxes = [tell(puppet, Say(text)) for text in "abc"]
    await settle()

    assert stage.said() == ["start", "say a", "say b", "say c"]
    assert [box.only for box in boxes] == ["a", "b", "c"]


async def test_messages_for_oneself_come_after_what_waits(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play(mailbox_limit=2)).ref("puppet", 1)
    tell(puppet, Again("mine"))
    tell(puppet, Say("theirs"))
    await settle()
    assert stage.said() == ["start", "say theirs", "say mine"]


async def test_a_busy_actor_lets_others_have_their_turn(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(mailbox_limit=1000)
    other = Letterbox(lambda: system.ref("puppet", "other").tell(Say("me too")))
    system.ref("puppet", "busy").tell(Say("0"), other)
    for number in range(1, 500):
        system.ref("puppet", "busy").tell(Say(str(number)))
    await settle()
    assert stage.seen.index("other: say me too") < stage.seen.index("busy: say 499")


async def test_what_waits_survives_a_crash(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play(restart=PATIENT)).ref("puppet", 1)
    first, crash, after = tell(puppet, Say("a")), tell(puppet, Fail()), tell(puppet, Say("b"))
    await settle()
    assert stage.said() == ["start", "say a", "fail"]
    assert first.only == "a"
    assert isinstance(crash.only, Crashed)
    assert crash.only.error == "Boom"
    assert after.outcomes == []

    await trio.sleep(1.0)
    await settle()
    assert stage.said() == ["start", "say b"]
    assert after.only == "b"


async def test_replies_that_were_owed_are_interrupted(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    owed, crash = tell(puppet, Keep()), tell(puppet, Fail())
    await settle()
    assert isinstance(owed.only, Interrupted)
    assert isinstance(crash.only, Crashed)


async def test_a_reply_is_given_before_a_crash_counts(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    owed, given = tell(puppet, Keep()), tell(puppet, Give())
    tell(puppet, Fail())
    await settle()
    assert [owed.only, given.only] == ["given", "gave"]


@pytest.mark.parametrize(
    ("method", "reported"),
    [
        ("start", "Boom in start"),
        ("wake", "Boom in wake"),
        ("may_sleep", "Boom in may sleep"),
        ("wind_down", "Boom in wind down"),
    ],
)
async def test_a_failure_anywhere_restarts_the_actor_and_loses_nothing(
    method: str, reported: str, stage: Stage, autojump_clock: MockClock
) -> None:
    system = await stage.play(idle_after_s=5.0)
    puppet = system.ref("puppet", 1)
    stage.fail_at[method] = 1
    box = tell(puppet, Wake(1.0))
    if method == "wind_down":
        await system.stop("puppet", 1)
    await trio.sleep(6.0)

    assert box.only == "set"
    assert await puppet.ask(Say("well")) == "well"
    assert [str(failure) for failure in stage.failures] == [reported]


async def test_a_failure_of_stop_ends_the_life_all_the_same(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play()
    stage.fail_at["stop"] = 1
    tell(system.ref("puppet", 1), Doze())
    await settle()
    assert system.tree().branches[0].actors == []
    assert [str(failure) for failure in stage.failures] == ["Boom in stop"]
    assert system.statistics()["puppet"].restarts == 0


async def test_backs_off_longer_with_each_failure_and_is_given_up_in_the_end(
    stage: Stage, autojump_clock: MockClock
) -> None:
    policy = RestartPolicy(first_delay_s=1.0, max_delay_s=3.0, jitter=0.0, limit=3, window_s=60.0)
    system = await stage.play(restart=policy, quarantine_s=10.0)
    puppet = system.ref("puppet", 1)
    stage.fail_at["start"] = 4
    box = tell(puppet, Say("a"))
    starts = []
    for _ in range(8):
        await settle()
        starts.append(stage.said().count("start"))
        await trio.sleep(1.0)
    assert starts == [1, 1, 0, 1, 0, 0, 1, 0]
    assert isinstance(box.only, Quarantined)
    assert box.only.retry_s == 10.0
    assert system.statistics()["puppet"].gave_up == 1


async def test_quarantine_turns_away_until_it_is_over(stage: Stage, autojump_clock: MockClock) -> None:
    policy = RestartPolicy(limit=0)
    system = await stage.play(restart=policy, quarantine_s=10.0)
    puppet = system.ref("puppet", 1)
    tell(puppet, Fail())
    await trio.sleep(4.0)

    with pytest.raises(Quarantined) as refusal:
        puppet.tell(Say("a"))
    assert refusal.value.retry_s == 6.0
    assert system.tree().branches[0].quarantined == {1: 6.0}
    assert await system.ref("puppet", 2).ask(Say("not me")) == "not me"

    await trio.sleep(6.0)
    await settle()
    assert await puppet.ask(Say("b")) == "b"


async def test_failures_outside_the_window_are_forgiven(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(restart=RestartPolicy(limit=1, window_s=30.0))
    puppet = system.ref("puppet", 1)
    for _ in range(4):
        tell(puppet, Fail())
        await trio.sleep(31.0)
    assert await puppet.ask(Say("still here")) == "still here"
    assert system.tree().branches[0].actors[0].restarts == 4


async def test_what_does_not_exist_answers_everybody_and_leaves_nothing(
    stage: Stage, autojump_clock: MockClock
) -> None:
    system = await stage.play()
    boxes = [tell(system.ref("puppet", GHOST), Say(text)) for text in "ab"]
    await settle()
    assert [type(box.only) for box in boxes] == [NoSuchActor, NoSuchActor]
    assert boxes[0].only is not boxes[1].only
    assert system.tree().branches[0].actors == []
    assert stage.failures == []


async def test_an_idle_actor_is_put_to_sleep_and_wakes_on_the_next_message(
    stage: Stage, autojump_clock: MockClock
) -> None:
    system = await stage.play(idle_after_s=10.0)
    puppet = system.ref("puppet", 1)
    tell(puppet, Say("a"))
    await trio.sleep(9.0)
    tell(puppet, Say("b"))
    await trio.sleep(9.0)
    assert stage.said() == ["start", "say a", "say b"]
    await trio.sleep(1.1)
    assert stage.said() == ["stop"]
    assert system.tree().branches[0].actors == []

    tell(puppet, Say("c"))
    await settle()
    assert stage.said() == ["start", "say c"]
    assert system.statistics()["puppet"].passivations == 1


async def test_a_message_that_arrives_during_the_way_to_sleep_gets_the_next_life(
    stage: Stage, autojump_clock: MockClock
) -> None:
    stage.slow["stop"] = 3.0
    puppet = (await stage.play(idle_after_s=10.0)).ref("puppet", 1)
    tell(puppet, Say("a"))
    await trio.sleep(11.0)
    assert stage.said() == ["start", "say a", "stop"]

    plain, urgent = tell(puppet, Say("b")), tell(puppet, Say("c"), urgent=True)
    await trio.sleep(3.0)
    assert stage.said() == ["start", "say c", "say b"]
    assert [plain.only, urgent.only] == ["b", "c"]


async def test_an_actor_may_refuse_to_sleep_and_is_asked_again(stage: Stage, autojump_clock: MockClock) -> None:
    stage.may_sleep = False
    tell((await stage.play(idle_after_s=10.0)).ref("puppet", 1), Say("a"))
    await trio.sleep(25.0)
    assert stage.said() == ["start", "say a"]
    stage.may_sleep = True
    await trio.sleep(6.0)
    assert stage.said() == ["stop"]


async def test_nobody_sleeps_who_owes_an_answer(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play(idle_after_s=10.0)).ref("puppet", 1)
    box = tell(puppet, Keep())
    await trio.sleep(100.0)
    assert stage.said() == ["start", "keep"]
    tell(puppet, Give())
    await trio.sleep(11.0)
    assert box.only == "given"
    assert stage.said() == ["stop"]


async def test_sleeps_soon_once_nothing_waits_whatever_it_says_otherwise(
    stage: Stage, autojump_clock: MockClock
) -> None:
    stage.may_sleep = False
    puppet = (await stage.play()).ref("puppet", 1)
    for message in (Doze(), Say("a")):
        tell(puppet, message)
    await settle()
    assert stage.said() == ["start", "say a", "stop"]


async def test_waiting_for_the_last_reply_is_no_work(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play(idle_after_s=1.0)).ref("puppet", 1)
    for message in (Keep(), Doze()):
        tell(puppet, message)
    # An alarm that is due again and again would keep the clock from ever getting there.
    await trio.sleep(60.0)
    assert stage.said() == ["start", "keep"]


async def test_sleeps_soon_when_the_last_reply_is_given_from_elsewhere(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    tell(puppet, Keep())
    tell(puppet, Doze())
    await settle()
    assert stage.said() == ["start", "keep"]
    stage.kept[0].answer("from elsewhere")
    await settle()
    assert stage.said() == ["stop"]


async def test_wakes_at_the_deadline_and_only_then(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    tell(puppet, Wake(5.0))
    await trio.sleep(4.9)
    assert stage.said() == ["start"]
    await trio.sleep(0.2)
    assert stage.said() == ["wake"]
    await trio.sleep(50.0)
    assert stage.said() == []


async def test_a_new_deadline_replaces_the_old_one(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    tell(puppet, Wake(5.0))
    tell(puppet, Wake(9.0))
    await trio.sleep(8.9)
    assert stage.said() == ["start"]
    tell(puppet, Wake(None))
    await trio.sleep(8.9)
    assert stage.said() == []


async def test_a_deadline_is_kept_between_messages_of_a_busy_actor(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    for message in (Wake(1.5), Take(1.0), Take(1.0), Take(1.0)):
        tell(puppet, message)
    await trio.sleep(3.5)
    assert stage.said() == ["start", "take", "take", "wake", "take"]


async def test_waking_does_not_keep_awake(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play(idle_after_s=10.0)).ref("puppet", 1)
    tell(puppet, Wake(9.0))
    await trio.sleep(10.5)
    assert stage.said() == ["start", "wake", "stop"]


async def test_a_deadline_ends_with_its_life(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", 1)
    tell(puppet, Wake(5.0))
    tell(puppet, Fail())
    await trio.sleep(10.0)
    assert stage.said() == ["start", "fail", "start"]


async def test_the_bug_of_whoever_is_answered_is_not_the_actors(stage: Stage, autojump_clock: MockClock) -> None:
    def fall() -> None:
        raise ZeroDivisionError

    puppet = (await stage.play()).ref("puppet", 1)
    puppet.tell(Say("a"), Letterbox(fall))
    puppet.tell(Say("b"))
    await settle()
    assert stage.said() == ["start", "say a", "say b"]
    assert [str(failure) for failure in stage.failures] == ["ZeroDivisionError in answer"]


async def test_whoever_is_answered_may_tell_the_same_actor_at_once(stage: Stage, autojump_clock: MockClock) -> None:
    puppet = (await stage.play()).ref("puppet", GHOST)
    second = Letterbox()

    def found_it() -> None:
        stage.missing.clear()
        puppet.tell(Say("second"), second)

    first = Letterbox(found_it)
    puppet.tell(Say("first"), first)
    await settle()
    assert isinstance(first.only, NoSuchActor)
    assert second.only == "second"
    assert await puppet.ask(Say("third")) == "third"
    assert stage.lives[GHOST] == 2


class Odd(Actor[AnyMessage]):
    """Does what no puppet does."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def receive(self, message: AnyMessage, reply: Reply) -> None:
        self.reply = reply


async def test_that_another_one_does_not_exist_is_a_failure(stage: Stage, autojump_clock: MockClock) -> None:
    class Seeker(Odd):
        async def start(self) -> None:
            await self.context.ref("puppet", GHOST).ask(Say("anybody there?"))

    seekers = Kind(name="seeker", factory=Seeker, messages=AnyMessage, restart=RestartPolicy(limit=0))
    system = await stage.play(stage.kind(), seekers)
    box = tell(system.ref("seeker", 1), Say("a"))
    await settle()
    assert isinstance(box.only, Quarantined)
    assert [str(failure) for failure in stage.failures] == ["NoSuchActor in start"]


async def test_only_the_message_in_hand_is_to_blame(stage: Stage, autojump_clock: MockClock) -> None:
    class Late(Odd):
        async def receive(self, message: AnyMessage, reply: Reply) -> None:
            self.reply = reply
            self.context.wake_at(trio.current_time())

        async def wake(self) -> None:
            raise Boom

    system = await stage.play(Kind(name="late", factory=Late, messages=AnyMessage))
    box = tell(system.ref("late", 1), Say("a"))
    await settle()
    assert isinstance(box.only, Interrupted)
    assert [str(failure) for failure in stage.failures] == ["Boom in wake"]


async def test_a_context_may_be_used_from_other_tasks(stage: Stage, autojump_clock: MockClock) -> None:
    actors: list[Odd] = []
    woken: list[float] = []

    class Shared(Odd):
        async def start(self) -> None:
            actors.append(self)

        async def wake(self) -> None:
            woken.append(trio.current_time())

    system = await stage.play(Kind(name="shared", factory=Shared, messages=AnyMessage))
    system.ref("shared", 1).tell(Say("a"))
    await settle()
    actors[0].context.wake_at(trio.current_time() + 5.0)
    await trio.sleep(6.0)
    assert woken == [trio.current_time() - 1.0]
    actors[0].context.sleep_soon()
    await settle()
    assert system.tree().branches[0].actors == []


async def test_lives_leave_no_alarms_behind(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(idle_after_s=3600.0, restart=RestartPolicy(limit=1000))
    for _ in range(5):
        for message in (Wake(1800.0), Fail(), Wake(1800.0), Say("a")):
            tell(system.ref("puppet", 1), message)
        await trio.sleep(10.0)
    assert system._alarms.statistics().waiting == 1
    await system.stop("puppet", 1)
    assert system._alarms.statistics().waiting == 0


async def test_the_state_can_be_seen(stage: Stage, autojump_clock: MockClock) -> None:
    stage.slow = {"start": 1.0, "stop": 1.0}
    system = await stage.play(restart=PATIENT, idle_after_s=9.0)

    def state() -> State:
        return system.tree().branches[0].actors[0].state

    for message in (Take(1.0), Fail()):
        tell(system.ref("puppet", 1), message)
    states = []
    for _ in range(6):
        await trio.sleep(0.5)
        states.append(state())
        await trio.sleep(0.5)
    assert states == [State.STARTING, State.RUNNING, State.BACKING_OFF, State.STARTING, State.IDLE, State.IDLE]
    await trio.sleep(7.5)
    assert state() is State.STOPPING
