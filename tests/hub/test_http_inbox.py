"""What a request brings reaches the app in order, whichever way it asks for it, and never piles up."""

from __future__ import annotations

import pytest
import trio
from hypercorn.typing import ASGIReceiveEvent
from trio.testing import wait_all_tasks_blocked

from hub.http_inbox import MOST_KEPT, Inbox


def piece(number: int) -> ASGIReceiveEvent:
    return {"type": "http.request", "body": b"%d" % number, "more_body": True}


class Parser:
    """Brings pieces as fast as the inbox lets it; `brought` counts them."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.brought = 0

    async def run(self) -> None:
        while True:
            await self._inbox.put(piece(self.brought))
            self.brought += 1


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def parser(inbox: Inbox, nursery: trio.Nursery) -> Parser:
    parser = Parser(inbox)
    nursery.start_soon(parser.run)
    return parser


async def test_what_comes_is_received_in_order_and_waited_for(inbox: Inbox, nursery: trio.Nursery) -> None:
    got: list[ASGIReceiveEvent] = []

    async def receive() -> None:
        while True:
            got.append(await inbox.receive())

    nursery.start_soon(receive)
    for number in range(3):
        await wait_all_tasks_blocked()
        await inbox.put(piece(number))
    await wait_all_tasks_blocked()
    assert got == [piece(0), piece(1), piece(2)]
    nursery.cancel_scope.cancel()


async def test_the_parser_waits_for_an_app_that_does_not_receive(
    inbox: Inbox, parser: Parser, nursery: trio.Nursery
) -> None:
    await wait_all_tasks_blocked()
    assert parser.brought == MOST_KEPT - 1
    assert await inbox.receive() == piece(0)
    await wait_all_tasks_blocked()
    assert parser.brought == MOST_KEPT
    nursery.cancel_scope.cancel()


async def test_who_has_it_handed_over_gets_what_was_kept_first(inbox: Inbox, nursery: trio.Nursery) -> None:
    got: list[ASGIReceiveEvent] = []
    full = trio.Event()
    await inbox.put(piece(0))
    inbox.hand_over(got.append, full.wait)
    assert got == [piece(0)]
    nursery.start_soon(inbox.put, piece(1))
    await wait_all_tasks_blocked()
    assert got == [piece(0), piece(1)]
    full.set()
    await inbox.put(piece(2))
    assert got == [piece(0), piece(1), piece(2)]


async def test_the_parser_does_as_the_taker_says(inbox: Inbox, parser: Parser, nursery: trio.Nursery) -> None:
    got: list[ASGIReceiveEvent] = []
    await wait_all_tasks_blocked()
    inbox.hand_over(got.append, trio.sleep_forever)
    await wait_all_tasks_blocked()
    assert [*map(piece, range(MOST_KEPT + 1))] == got
    nursery.cancel_scope.cancel()


async def test_a_closed_inbox_holds_nobody_up(inbox: Inbox, parser: Parser, nursery: trio.Nursery) -> None:
    await wait_all_tasks_blocked()
    inbox.close()
    with trio.move_on_after(1):
        while parser.brought < 10 * MOST_KEPT:
            await trio.lowlevel.checkpoint()
    assert parser.brought >= 10 * MOST_KEPT
    nursery.cancel_scope.cancel()
