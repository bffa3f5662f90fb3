"""Bodies: whole and bounded, or streamed with a brake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from http_edge.body import HIGH_WATER_BYTES, IDLE_S, STREAM_S, Body

PIECE = bytes(65_536)


def body(*, declared: int | None = None, limit: int | None = 1_000) -> Body:
    return Body(declared, limit)


async def test_a_whole_body_is_what_came() -> None:
    whole = body()
    whole.append(b"one ")
    whole.append(b"two")
    whole.set_complete()
    assert await whole == b"one two"


@pytest.mark.parametrize("declared", [1_001, None])
async def test_a_body_over_the_limit_is_refused_declared_or_not(declared: int | None) -> None:
    large = body(declared=declared)
    large.append(bytes(1_001))
    with pytest.raises(RequestEntityTooLarge):
        await large
    streamed = body(declared=declared)
    streamed.append(bytes(1_001))
    with pytest.raises(RequestEntityTooLarge):
        await anext(streamed)


async def test_the_limit_is_on_what_came_in_all_not_on_what_is_buffered() -> None:
    streamed = body()
    streamed.append(bytes(600))
    assert len(await anext(streamed)) == 600
    streamed.append(bytes(600))
    with pytest.raises(RequestEntityTooLarge):
        await anext(streamed)


async def test_a_whole_that_grows_over_the_limit_is_thrown_away_at_once(nursery: trio.Nursery) -> None:
    large = body()
    outcome: list[type[Exception]] = []

    async def collect() -> None:
        try:
            await large
        except RequestEntityTooLarge as error:
            outcome.append(type(error))

    nursery.start_soon(collect)
    await wait_all_tasks_blocked()
    large.append(bytes(1_001))
    await wait_all_tasks_blocked()
    assert outcome == [RequestEntityTooLarge]
    large.append(bytes(1_001))
    assert not large._buffer


async def test_a_lifted_limit_loses_nothing_that_came_before() -> None:
    streamed = body(declared=5_000)
    streamed.append(b"a" * 2_000)
    pieces = streamed.stream(5_000)
    streamed.append(b"b" * 3_000)
    streamed.set_complete()
    assert b"".join([piece async for piece in pieces]) == b"a" * 2_000 + b"b" * 3_000


@pytest.mark.parametrize("declared", [5_001, None])
async def test_a_lifted_limit_is_one_still(declared: int | None) -> None:
    streamed = body(declared=declared)
    streamed.append(bytes(5_001))
    with pytest.raises(RequestEntityTooLarge):
        await anext(streamed.stream(5_000))


async def feed(target: Body, pieces: int) -> None:
    for _ in range(pieces):
        target.append(PIECE)
        await target.wait_for_room()
    target.set_complete()


async def test_a_peer_waits_until_what_it_sent_is_taken(nursery: trio.Nursery) -> None:
    streamed = body(limit=None)
    nursery.start_soon(feed, streamed, 100)
    total = 0
    while total < 100 * len(PIECE):
        await wait_all_tasks_blocked()
        assert len(streamed._buffer) <= HIGH_WATER_BYTES
        total += len(await anext(streamed))
    with pytest.raises(StopAsyncIteration):
        await anext(streamed)


@pytest.mark.parametrize(
    "let_go", [Body.abandon, lambda body: body.__await__().__next__()], ids=["answered", "awaited"]
)
async def test_the_brake_is_let_go(let_go: Callable[[Body], object], nursery: trio.Nursery) -> None:
    streamed = body(limit=None)
    nursery.start_soon(feed, streamed, 100)
    await wait_all_tasks_blocked()
    assert not streamed._ended.is_set()
    let_go(streamed)
    await wait_all_tasks_blocked()
    assert streamed._ended.is_set()


async def drip(target: Body, every_s: float) -> None:
    while True:
        await trio.sleep(every_s)
        target.append(b"x")


async def drain(source: Body) -> None:
    with pytest.raises(RequestTimeout):
        async for _ in source:
            pass


@pytest.mark.parametrize(
    ("every_s", "at_s"), [(1e9, IDLE_S), (IDLE_S - 1, STREAM_S)], ids=["standing still", "dripping"]
)
async def test_a_stream_ends_when_its_time_is_up(
    every_s: float, at_s: float, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    streamed = body(limit=None)
    nursery.start_soon(drip, streamed, every_s)
    await drain(streamed.stream(10_000))
    assert trio.current_time() == pytest.approx(at_s, abs=0.001)
    nursery.cancel_scope.cancel()


async def test_a_body_that_nobody_streams_has_no_such_deadline(autojump_clock: MockClock) -> None:
    whole: Awaitable[bytes] = body()
    with trio.move_on_after(STREAM_S * 2) as scope:
        await whole
    assert scope.cancelled_caught
