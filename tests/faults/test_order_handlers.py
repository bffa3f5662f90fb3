"""An exception in each handler of an order's actor: it restarts, nothing is lost, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import trio

from actors.messages import order as to
from actors.order.values import Said, Shopper
from actors.runtime.errors import Crashed, RuntimeFault
from actors.shop.actor import ShopActor
from tests.actors.shop.stall import PAID, SHORT, Stall
from tests.fakes.virtual_time import in_virtual_time
from tests.faults.drama import Injected

Cue = Callable[[Stall, Shopper], Awaitable[object]]
UNASKED = (to.Busy, to.Resume, to.StaffWrote)
"""Nobody waits for these, or whoever does tells again."""


def told(message: Any) -> Cue:
    """Tell the actor this, and return what its sender is answered."""

    async def cue(stall: Stall, sophie: Shopper) -> object:
        try:
            return await stall.tell(sophie, message)
        except RuntimeFault as fault:
            return fault

    return cue


def unasked(message: Any) -> Cue:
    """Tell the actor this, for which there is no answer."""

    async def cue(stall: Stall, sophie: Shopper) -> None:
        stall.system.ref("order", sophie.conv).tell(message)

    return cue


async def writes(stall: Stall, sophie: Shopper) -> object:
    """The lane tells of it, again and again until it is dealt with."""
    return await stall.writes("awa", sophie, "Bonjour")


CUES: dict[type, Cue] = {
    to.Handle: told(to.Handle(said=Said(id="late", text="Yopougon"))),
    to.Busy: unasked(to.Busy()),
    to.StaffWrote: writes,
    to.HandBack: told(to.HandBack()),
    to.Resolve: told(to.Resolve(intervention=1, action="accept")),
    to.Clear: told(to.Clear()),
    to.CancelCompleted: told(to.CancelCompleted()),
    to.Resume: unasked(to.Resume()),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_virtual_time(items, Path(__file__))


def fail_once(patch: pytest.MonkeyPatch, of: type, moment: str) -> Callable[[], bool]:
    """Let the actor fail over the next message of this type. Returns whether it has."""
    healthy, left = ShopActor.receive, [True]

    async def flaky(self: ShopActor, message: Any, reply: Any) -> None:
        fails = left[0] and isinstance(message, of)
        left[0] = left[0] and not fails
        if fails and moment == "before":
            raise Injected
        await healthy(self, message, reply)
        if fails:
            raise Injected

    patch.setattr(ShopActor, "receive", flaky)
    return lambda: not left[0]


def test_every_handler_has_its_cue() -> None:
    assert set(CUES) == set(get_args(to.AnyOrderMessage))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("of", list(CUES), ids=lambda of: of.__name__)
async def test_a_failing_handler_restarts_its_own_actor(
    autojump_clock: object, monkeypatch: pytest.MonkeyPatch, of: type, moment: str
) -> None:
    stall = Stall()
    async with stall.open():
        await stall.listen("intervention_required", "payment_validated", "staff_message")
        sophie, thomas = await stall.customer("1"), await stall.customer("2")
        await stall.orders(sophie, "lingettes", SHORT)
        failed = fail_once(monkeypatch, of, moment)
        answer = await CUES[of](stall, sophie)
        await trio.sleep(60)
        assert failed()
        assert isinstance(answer, Crashed) or moment == "after" or of in UNASKED
        # Whoever got no answer asks once more.
        await CUES[of](stall, sophie)
        await trio.sleep(60)
        assert [(each.address.kind, type(each.error)) for each in stall.failures] == [("order", Injected)]
        stall.failures.clear()
        await stall.orders(thomas, "lingettes", PAID)
        await check_all_is_well(stall, sophie, of)


async def check_all_is_well(stall: Stall, sophie: Shopper, of: type) -> None:
    """Each message and each answer stands in the room once, and what was done was done once."""
    bodies = [body for body in stall.bodies(sophie) if body != "Bonjour"]
    assert len(bodies) == len(set(bodies))
    order = await stall.order(sophie)
    if of is to.Handle:
        assert order.place is not None
        assert bodies.count("Yopougon") == 1
    if of is to.Resolve:
        assert order.payment == 1_500
        told = [sent.body for sent in stall.outbound.sent if b'"payment_validated"' in sent.body]
        assert [b'"user_id":"1"' in body for body in told].count(True) == 1
    if of is to.StaffWrote:
        assert (await stall.kept.books.customer(sophie.id)).held
