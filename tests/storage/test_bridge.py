"""Trio on one side, asyncio on the other."""

import asyncio
import threading

import pytest
import trio

from storage.bridge import open_bridge


async def test_a_call_returns_and_raises_what_the_work_does() -> None:
    async def answer() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    async def fail() -> None:
        raise ValueError("no")

    async with open_bridge() as bridge:
        assert await bridge.call(answer) == "storage"
        with pytest.raises(ValueError, match="no"):
            await bridge.call(fail)


async def test_cancelling_a_call_lets_the_work_go_on() -> None:
    done = threading.Event()
    release = asyncio.Event()

    async def work() -> None:
        await release.wait()
        done.set()

    async with open_bridge() as bridge:
        with trio.move_on_after(0.01) as scope:
            await bridge.call(work)
        assert scope.cancelled_caught
        assert not done.is_set()
        bridge.post(release.set)
        await bridge.call(bridge.idle)
        assert done.is_set()


async def test_what_is_told_arrives_in_order_in_the_trio_thread() -> None:
    heard: list[tuple[int, bool]] = []
    here = threading.current_thread()

    def hear(number: int) -> None:
        heard.append((number, threading.current_thread() is here))

    async with open_bridge() as bridge:

        async def speak() -> None:
            for number in range(100):
                bridge.tell(hear, number)

        await bridge.call(speak)
    assert heard == [(number, True) for number in range(100)]


async def test_a_closed_bridge_says_so() -> None:
    async def work() -> None: ...

    async with open_bridge() as bridge:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await bridge.call(work)
