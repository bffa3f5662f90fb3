"""The system as a whole: one activation a key, stop, drain, escalation, cancellation, and what can be seen."""

import logging

import pytest
import trio
from trio.testing import MockClock

from actors.runtime import (
    Address,
    Escalated,
    Failure,
    Quarantined,
    Refusal,
    RestartPolicy,
    State,
    Stopped,
    System,
)
from tests.actors.runtime.puppet import (
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

ONCE = RestartPolicy(limit=0)


async def test_one_activation_a_key_however_it_is_reached(stage: Stage, autojump_clock: MockClock) -> None:
    stage.slow["start"] = 1.0
    system = await stage.play()
    async with trio.open_nursery() as many:
        for number in range(20):
            many.start_soon(system.ref("puppet", 1).ask, Say(str(number)))
    assert stage.lives[1] == 1
    assert stage.failures == []


async def test_a_name_stands_for_one_kind(stage: Stage) -> None:
    with pytest.raises(ValueError, match="two kinds are named puppet"):
        System([stage.kind(), stage.kind()])


async def test_a_crash_touches_that_actor_only(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(restart=ONCE)
    owed = tell(system.ref("puppet", 2), Keep())
    tell(system.ref("puppet", 1), Fail())
    await trio.sleep(1.0)
    assert owed.outcomes == []
    assert stage.said(2) == ["start", "keep"]
    assert await system.ref("puppet", 2).ask(Give()) == "gave"


class TestStop:
    async def test_handles_what_was_told_before(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        puppet = system.ref("puppet", 1)
        for message in (Take(1.0), Say("a")):
            tell(puppet, message)
        await settle()
        await system.stop("puppet", 1)
        assert stage.said() == ["start", "take", "wind_down", "say a", "stop"]
        assert system.tree().branches[0].actors == []
        assert system.statistics()["puppet"].passivations == 0

    async def test_keeps_what_is_told_later_for_the_next_life(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        puppet = system.ref("puppet", 1)
        tell(puppet, Take(1.0))
        await settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.stop, "puppet", 1)
            await settle()
            later = tell(puppet, Say("later"))
        await settle()
        assert later.only == "later"
        assert stage.said() == ["start", "take", "wind_down", "stop", "start", "say later"]

    async def test_waits_for_replies_that_are_owed(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        puppet = system.ref("puppet", 1)
        tell(puppet, Take(1.0))
        # Kept after the winding down, so that nothing but `Give` answers it.
        owed = tell(puppet, Keep())
        await settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.stop, "puppet", 1)
            await trio.sleep(60.0)
            assert stage.said() == ["start", "take", "wind_down", "keep"]
            tell(puppet, Give(), urgent=True)
        assert owed.only == "given"
        assert stage.said() == ["stop"]

    async def test_answers_early_what_would_wait_for_long(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        owed = tell(system.ref("puppet", 1), Keep())
        await settle()
        await system.stop("puppet", 1)
        assert owed.only == "wound down"

    async def test_is_done_at_once_when_nobody_is_there(self, stage: Stage, autojump_clock: MockClock) -> None:
        await (await stage.play()).stop("puppet", 1)
        assert stage.lives[1] == 0

    async def test_does_not_wait_for_a_back_off(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play(restart=RestartPolicy(first_delay_s=60.0, max_delay_s=60.0, jitter=0.0))
        puppet = system.ref("puppet", 1)
        tell(puppet, Fail())
        box = tell(puppet, Say("a"))
        await settle()
        began = trio.current_time()
        await system.stop("puppet", 1)
        assert trio.current_time() == began
        assert box.only == "a"

    async def test_is_over_when_the_actor_fails_at_its_end(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        tell(system.ref("puppet", 1), Say("a"))
        await settle()
        stage.fail_at["stop"] = 1
        await system.stop("puppet", 1)
        assert system.tree().branches[0].actors == []

    async def test_is_over_when_the_actor_is_given_up(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play(restart=ONCE)
        for message in (Fail(), Say("a")):
            tell(system.ref("puppet", 1), message)
        await system.stop("puppet", 1)
        with pytest.raises(Quarantined):
            system.ref("puppet", 1).tell(Say("b"))


class TestDrain:
    async def test_ends_kind_after_kind_in_the_order_named(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play(stage.kind("inner"), stage.kind("outer"), stage.kind("other"))
        for kind in ("inner", "outer", "other"):
            tell(system.ref(kind, kind), Take(1.0))
        await settle()
        assert await system.drain("outer", "inner", deadline=trio.current_time() + 60) == []
        assert [line for line in stage.seen if "stop" in line] == ["outer: stop", "inner: stop", "other: stop"]

    async def test_lets_a_kind_work_until_its_turn(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play(stage.kind("outer"), stage.kind("inner"))
        tell(system.ref("outer", 1), Take(5.0))
        async with trio.open_nursery() as nursery:
            await settle()

            async def drain() -> None:
                await system.drain("outer", "inner", deadline=trio.current_time() + 60)

            nursery.start_soon(drain)
            await settle()
            with pytest.raises(Stopped):
                system.ref("outer", 2).tell(Say("too late"))
            assert await system.ref("inner", 2).ask(Say("in time")) == "in time"

    async def test_handles_all_that_was_taken(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        boxes = [tell(system.ref("puppet", key), Say("a")) for key in range(50)]
        boxes += [tell(system.ref("puppet", key), Doze()) for key in range(50)]
        assert await system.drain(deadline=trio.current_time() + 60) == []
        assert {box.only for box in boxes} == {"a", "dozing"}

    async def test_takes_what_is_urgent_even_for_an_actor_that_is_gone(
        self, stage: Stage, autojump_clock: MockClock
    ) -> None:
        system = await stage.play()
        tell(system.ref("puppet", 1), Take(5.0))
        async with trio.open_nursery() as nursery:
            await settle()

            async def drain() -> None:
                assert await system.drain(deadline=trio.current_time() + 60) == []

            nursery.start_soon(drain)
            await settle()
            boxes = [tell(system.ref("puppet", key), Say("news"), urgent=True) for key in (1, 2)]
        assert [box.only for box in boxes] == ["news", "news"]

    async def test_lets_an_actor_that_crashed_handle_the_rest(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        puppet = system.ref("puppet", 1)
        tell(puppet, Fail())
        box = tell(puppet, Say("a"))
        assert await system.drain(deadline=trio.current_time() + 60) == []
        assert box.only == "a"

    async def test_cuts_what_is_not_done_at_the_deadline(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        puppet = system.ref("puppet", 1)
        boxes = [tell(puppet, message) for message in (Take(100.0), Say("a"))]
        await settle()
        deadline = trio.current_time() + 10
        assert await system.drain(deadline=deadline) == [Address("puppet", 1)]
        assert trio.current_time() == deadline
        assert [type(box.only) for box in boxes] == [Stopped, Stopped]

    async def test_a_kind_that_hangs_leaves_the_next_ones_their_share(
        self, stage: Stage, autojump_clock: MockClock
    ) -> None:
        stage.slow["stop"] = 4.0
        system = await stage.play(stage.kind("outer"), stage.kind("inner"))
        tell(system.ref("outer", 1), Take(100.0))
        tell(system.ref("inner", 2), Say("a"))
        await settle()
        cut = await system.drain("outer", "inner", deadline=trio.current_time() + 10)
        assert cut == [Address("outer", 1)]
        assert stage.said(2) == ["start", "say a", "wind_down", "stop"]

    async def test_ends_the_life_that_follows_a_stop_as_well(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play()
        tell(system.ref("puppet", 1), Take(1.0))
        await settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.stop, "puppet", 1)
            await settle()
            later = tell(system.ref("puppet", 1), Say("later"))
            assert await system.drain(deadline=trio.current_time() + 60) == []
        assert later.only == "later"

    async def test_before_the_run_there_is_nothing_to_end(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = System([stage.kind()])
        assert await system.drain(deadline=trio.current_time() + 1) == []
        await system.run()
        with pytest.raises(Stopped):
            system.ref("puppet", 1).tell(Say("a"))

    async def test_ends_the_run(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = System([stage.kind()])
        async with trio.open_nursery() as nursery:
            await nursery.start(system.run)
            await system.drain(deadline=trio.current_time() + 1)

    async def test_what_goes_wrong_while_being_cut_is_contained(self, stage: Stage, autojump_clock: MockClock) -> None:
        stage.break_when_cancelled = True
        system = await stage.play()
        tell(system.ref("puppet", 1), Take(100.0))
        await settle()
        assert await system.drain(deadline=trio.current_time() + 1) == [Address("puppet", 1)]
        assert [str(failure) for failure in stage.failures] == ["Boom in receive of Take"]


class TestEscalation:
    async def test_an_essential_actor_takes_the_system_down(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = System([stage.kind("heart", essential=True, restart=ONCE), stage.kind("hand")])
        boxes = []

        async def break_its_heart() -> None:
            async with trio.open_nursery() as nursery:
                await nursery.start(system.run)
                boxes.append(tell(system.ref("hand", 1), Keep()))
                await settle()
                tell(system.ref("heart", 1), Fail())

        with pytest.raises(ExceptionGroup) as raised:
            await break_its_heart()
        (escalated,) = raised.value.exceptions
        assert isinstance(escalated, Escalated)
        assert escalated.address == Address("heart", 1)
        assert isinstance(escalated.__cause__, Boom)
        assert isinstance(boxes[0].only, Stopped)

    async def test_others_do_not(self, stage: Stage, autojump_clock: MockClock) -> None:
        system = await stage.play(restart=ONCE)
        tell(system.ref("puppet", 1), Fail())
        await trio.sleep(1.0)
        assert await system.ref("puppet", 2).ask(Say("alive")) == "alive"


async def test_cancellation_answers_everybody(stage: Stage, autojump_clock: MockClock) -> None:
    system = System([stage.kind(restart=RestartPolicy(first_delay_s=9.0))])
    async with trio.open_nursery() as nursery:
        await nursery.start(system.run)
        told: list[tuple[int, AnyMessage]] = [(1, Keep()), (1, Take(9.0)), (1, Say("a")), (2, Keep())]
        told += [(3, Fail()), (3, Say("b"))]
        boxes = [tell(system.ref("puppet", key), message) for key, message in told]
        await settle()
        nursery.cancel_scope.cancel()
    assert [type(box.only).__name__ for box in boxes] == ["Stopped"] * 4 + ["Crashed", "Stopped"]


async def test_nobody_starts_anew_when_all_is_cancelled(stage: Stage, autojump_clock: MockClock) -> None:
    system = System([stage.kind()])
    refused: list[Refusal] = []

    def repeat() -> None:
        try:
            system.ref("puppet", 2).tell(Say("again"))
        except Refusal as refusal:
            refused.append(refusal)

    async with trio.open_nursery() as nursery:
        await nursery.start(system.run)
        for key in range(3, 23):
            system.ref("puppet", key).tell(Keep(), Letterbox(repeat))
        await settle()
        nursery.cancel_scope.cancel()
    assert [type(refusal) for refusal in refused] == [Stopped] * 20
    assert stage.lives[2] == 0


async def test_a_drain_does_not_open_what_was_cancelled(stage: Stage, autojump_clock: MockClock) -> None:
    system = System([stage.kind()])
    async with trio.open_nursery() as nursery:
        await nursery.start(system.run)
        nursery.cancel_scope.cancel()
    assert await system.drain(deadline=trio.current_time() + 1) == []
    with pytest.raises(Stopped):
        system.ref("puppet", 1).tell(Say("a"), urgent=True)


async def test_whoever_outlives_the_system_is_refused(stage: Stage, autojump_clock: MockClock) -> None:
    system = System([stage.kind()])
    refused = []

    async def survivor() -> None:
        with trio.CancelScope(shield=True):
            for _ in range(20):
                await trio.lowlevel.checkpoint()
                with pytest.raises(Stopped):
                    system.ref("puppet", 1).tell(Say("anybody there?"))
                refused.append(True)

    async with trio.open_nursery() as outer, trio.open_nursery() as nursery:
        await nursery.start(system.run)
        nursery.cancel_scope.cancel()
        outer.start_soon(survivor)
    assert len(refused) == 20


async def test_a_broken_report_is_logged_and_harms_nobody(
    stage: Stage, autojump_clock: MockClock, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(failure: Failure) -> None:
        raise ZeroDivisionError(str(failure))

    system = System([stage.kind()], on_failure=broken)
    await nursery.start(system.run)
    with caplog.at_level(logging.ERROR):
        tell(system.ref("puppet", 1), Fail())
        await trio.sleep(1.0)
    assert [record.getMessage() for record in caplog.records] == ["on_failure failed"]
    assert await system.ref("puppet", 1).ask(Say("alive")) == "alive"


async def test_failures_are_logged_unless_somebody_else_wants_them(
    stage: Stage, autojump_clock: MockClock, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    system = System([stage.kind()])
    await nursery.start(system.run)
    with caplog.at_level(logging.ERROR):
        tell(system.ref("puppet", 1), Fail())
        await settle()
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["failure"]) == ("actor failed", "Boom in receive of Fail")


async def test_the_tree_shows_who_is_there_and_how_they_are(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(stage.kind("hand", restart=RestartPolicy(limit=1)), stage.kind("foot"))
    hand = system.ref("hand", 1)
    tell(hand, Fail())
    await trio.sleep(2.0)
    for message in (Keep(), Take(9.0), Say("a"), Say("b")):
        tell(hand, message)
    for _ in range(2):
        tell(system.ref("hand", "lost"), Fail())
    await trio.sleep(1.0)

    (node,) = system.tree().branches[0].actors
    assert (node.state, node.depth, node.owed, node.restarts) == (State.RUNNING, 2, 2, 1)
    assert str(system.tree()).splitlines() == [
        "system",
        "├─ hand (1)",
        "│  ├─ hand/1 running depth=2 owed=2 restarts=1 age=3.0s last failure: Boom in receive of Fail, 3.0 s ago",
        "│  ├─ hand/lost quarantined for 4.0 s",
        "├─ foot (0)",
    ]


async def test_statistics_account_for_every_message(stage: Stage, autojump_clock: MockClock) -> None:
    system = await stage.play(restart=RestartPolicy(limit=1), idle_after_s=5.0)
    for message in (Fail(), Fail(), Say("never"), Wake(1.0)):
        tell(system.ref("puppet", 1), message)
    tell(system.ref("puppet", 2), Say("a"))
    await trio.sleep(20.0)
    figures = system.statistics()["puppet"]
    assert (figures.told, figures.unhandled, figures.gave_up, figures.restarts) == (5, 2, 1, 1)
    assert (figures.crashes, figures.passivations, figures.actors) == ({"Boom": 2}, 1, 0)
