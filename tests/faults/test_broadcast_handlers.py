"""An exception in each handler of a broadcast's actor and of the scheduler's: nobody is left out, nobody told twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

import pytest
import trio

from actors.broadcast.actor import BroadcastActor
from actors.messages import broadcast as to
from actors.messages import scheduler
from actors.runtime.errors import Crashed, RuntimeFault
from actors.scheduler.actor import SchedulerActor
from tests.actors.broadcast.studio import Studio
from tests.faults.drama import Injected

PEOPLE: Final = 40
MESSAGES: Final = get_args(to.AnyBroadcastMessage)


def fail_once(
    patch: pytest.MonkeyPatch, actor: type, method: str, moment: str, of: type = object
) -> Callable[[], bool]:
    """Let the actor fail in this method, over the next message of this type. Returns whether it has."""
    healthy, left = getattr(actor, method), [True]

    async def flaky(self: Any, *message: Any) -> None:
        fails = left[0] and isinstance((*message, None)[0], of)
        left[0] = left[0] and not fails
        if fails and moment == "before":
            raise Injected
        await healthy(self, *message)
        if fails:
            raise Injected

    patch.setattr(actor, method, flaky)
    return lambda: not left[0]


async def wish(studio: Studio, id: int, message: object) -> object:
    """What the sender is answered, whatever it is."""
    try:
        return await studio.system.ref("broadcast", id).ask(message, timeout_s=60.0)
    except RuntimeFault as fault:
        return fault


def check_failed(studio: Studio, kind: str) -> None:
    """Only this one has failed, and only by what was put into it."""
    assert [(each.address.kind, type(each.error)) for each in studio.failures] == [(kind, Injected)]
    studio.failures.clear()


def test_there_is_no_other_message_to_the_scheduler() -> None:
    assert scheduler.AnySchedulerMessage is scheduler.Planned


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("of", MESSAGES, ids=lambda of: of.__name__)
async def test_a_failing_handler_of_a_broadcast_restarts_it_and_costs_nobody_a_message(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, of: type, moment: str
) -> None:
    studio = Studio(PEOPLE, per_s=10)
    async with studio.open():
        made = await studio.announce()
        await trio.sleep(1)
        failed = fail_once(monkeypatch, BroadcastActor, "receive", moment, of)
        answer = await wish(studio, made.id, of()) if of is not to.Look else None
        if of is to.Look:
            studio.system.ref("broadcast", made.id).tell(of())
        await trio.sleep(5)
        assert failed()
        assert isinstance(answer, Crashed) or moment == "after" or of is to.Look
        check_failed(studio, "broadcast")
        await wish(studio, made.id, to.Resume())
        await trio.sleep(60)
    row = studio.broadcasts.rows[made.id]
    if of is to.Cancel and moment == "after":
        assert row.status == "cancelled"
        assert max(studio.heard()) == 1
    else:
        assert row.status == "completed"
        assert studio.heard() == [1] * PEOPLE


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("method", ["start", "wake"])
async def test_a_broadcast_that_fails_at_another_moment_goes_on(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, method: str, moment: str
) -> None:
    studio = Studio(PEOPLE, per_s=10)
    failed = fail_once(monkeypatch, BroadcastActor, method, moment)
    async with studio.open():
        await studio.ended(await studio.announce())
        assert failed()
        check_failed(studio, "broadcast")
    assert studio.heard() == [1] * PEOPLE


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("method", ["start", "receive", "wake"])
async def test_a_scheduler_that_fails_forgets_nothing(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, method: str, moment: str
) -> None:
    studio = Studio(3)
    failed = fail_once(monkeypatch, SchedulerActor, method, moment)
    async with studio.open():
        made = [await studio.announce(in_s=in_s) for in_s in (0, 5, 10)]
        for each in made:
            await studio.ended(each)
        assert failed()
        check_failed(studio, "scheduler")
    assert studio.heard() == [3] * 3
