"""An exception in each handler of a subscriber's actor: it restarts, nothing is lost, and nothing is said twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import trio

from actors.chatpion.values import Subscriber
from actors.messages import fetcher
from actors.messages import subscriber as to
from actors.runtime.errors import Crashed, RuntimeFault
from actors.subscriber.actor import SubscriberActor
from actors.subscriber.fetching import Fetcher
from tests.actors.subscriber.parlour import Parlour
from tests.fakes.outbound import Answer
from tests.fakes.virtual_time import in_virtual_time
from tests.faults.drama import Injected

Cue = Callable[[Parlour, Subscriber], Awaitable[object]]
PNG = b"\x89PNG\r\n\x1a\n"


def told(message: Callable[[Subscriber], Any]) -> Cue:
    """Tell the actor this, and return what its sender is answered."""

    async def cue(parlour: Parlour, anna: Subscriber) -> object:
        try:
            return await parlour.tell(anna, message(anna))
        except RuntimeFault as fault:
            return fault

    return cue


async def writes(parlour: Parlour, anna: Subscriber) -> object:
    """The lane tells of it, again and again until it is dealt with."""
    return await parlour.says(anna, "yes")


async def attaches(parlour: Parlour, anna: Subscriber) -> object:
    parlour.files.otherwise = Answer(200, "image/png", [PNG])
    return await told(lambda _: to.Send(text="late", type="image", attachment="http://files/x.png"))(parlour, anna)


CUES: dict[type, Cue] = {
    to.Send: told(lambda _: to.Send(text="late")),
    to.Heard: writes,
    to.Receive: told(lambda _: to.Receive(id="1", text="yes")),
    to.Marked: told(lambda anna: to.Marked(user=anna.user, received=2, read=2)),
    to.Told: told(lambda _: to.Told(letter=1, state="read")),
    to.Attached: attaches,
    to.StartFlow: told(lambda _: to.StartFlow(flow=1)),
    to.Due: told(lambda _: to.Due()),
    to.Fetched: told(lambda _: to.Fetched(id="1", ok=True)),
    to.LetIn: told(lambda _: to.LetIn(run="r")),
    to.Release: told(lambda _: to.Release()),
    to.MembersLeft: told(lambda _: to.MembersLeft()),
    to.Remove: told(lambda _: to.Remove()),
}


def fail_once(patch: pytest.MonkeyPatch, actor: type, of: type, moment: str) -> Callable[[], bool]:
    """Let the actor fail over the next message of this type. Returns whether it has."""
    healthy, left = actor.receive, [True]  # type: ignore[attr-defined]

    async def flaky(self: Any, message: Any, reply: Any) -> None:
        fails = left[0] and isinstance(message, of)
        left[0] = left[0] and not fails
        if fails and moment == "before":
            raise Injected
        await healthy(self, message, reply)
        if fails:
            raise Injected

    patch.setattr(actor, "receive", flaky)
    return lambda: not left[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_virtual_time(items, Path(__file__))


def test_every_handler_has_its_cue() -> None:
    assert set(CUES) == set(get_args(to.AnySubscriberMessage))
    assert fetcher.AnyFetcherMessage is fetcher.Fetch


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("of", list(CUES), ids=lambda of: of.__name__)
async def test_a_failing_handler_restarts_its_own_actor(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, of: type, moment: str
) -> None:
    parlour = Parlour()
    anna, bert = [
        parlour.chatpion.subscriber(account, each) for account in [parlour.chatpion.account()] for each in "ab"
    ]
    async with parlour.open():
        await parlour.send(anna, "first")
        failed = fail_once(monkeypatch, SubscriberActor, of, moment)
        answer = await CUES[of](parlour, anna)
        await trio.sleep(60)
        assert failed()
        assert isinstance(answer, Crashed) or moment == "after" or of in (to.Heard, to.Attached)
        assert [(each.address.kind, type(each.error)) for each in parlour.failures] == [("subscriber", Injected)]
        parlour.failures.clear()
        if of is not to.Remove:
            await parlour.send(anna, "last")
        await parlour.send(bert, "last")
        check_all_is_well(parlour, anna, of)


def check_all_is_well(parlour: Parlour, anna: Subscriber, of: type) -> None:
    """Everything was said at most once and in order, and what people wrote was noted once."""
    bodies = parlour.bodies(anna)
    assert len(bodies) == len(set(bodies))
    assert [body for body in bodies if body in ("first", "late", "last")] == sorted(
        (body for body in bodies if body in ("first", "late", "last")), key=["first", "late", "last"].index
    )
    letters = parlour.chatpion.letters.rows.values()
    assert not [letter for letter in letters if letter.state == "queued"]
    if of is to.Heard:
        assert [letter.text for letter in letters if letter.direction == "in"] == ["yes"]
    if of is to.Attached:
        assert "late" in bodies


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_failing_fetcher_fails_the_letter_or_nothing(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    parlour = Parlour()
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    parlour.files.otherwise = Answer(200, "image/png", [PNG])
    async with parlour.open():
        failed = fail_once(monkeypatch, Fetcher, fetcher.Fetch, moment)
        letter = await parlour.send(anna, "look", type="image", attachment="http://files/x.png")
        assert failed()
        assert letter.state == ("failed" if moment == "before" else "sent")
        assert [each.address.kind for each in parlour.failures] == ["fetcher"]
        parlour.failures.clear()


@pytest.mark.parametrize("method", ["start", "wake"])
async def test_a_failure_at_another_moment_costs_nothing(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    parlour = Parlour()
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    healthy, left = getattr(SubscriberActor, method), [True]

    async def flaky(self: Any) -> None:
        fails, left[0] = left[0], False
        if fails:
            raise Injected
        await healthy(self)

    monkeypatch.setattr(SubscriberActor, method, flaky)
    async with parlour.open():
        parlour.store.log.unavailable = method == "wake"
        await told(lambda _: to.Send(text="hi"))(parlour, anna)
        parlour.store.log.unavailable = False
        await trio.sleep(60)
        assert not left[0]
        assert parlour.bodies(anna) == ["hi"]
        assert parlour.states() == ["sent"]
        parlour.failures.clear()
