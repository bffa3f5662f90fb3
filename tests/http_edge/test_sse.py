"""An event stream: what is sent comes at once, silence is filled, and whoever leaves ends the work."""

from __future__ import annotations

import trio

from http_edge import sse


def test_an_event_is_one_line_of_json_and_a_blank_one() -> None:
    assert sse.frame({"text": "a\nb é"}) == 'data: {"text":"a\\nb é"}\n\n'.encode()
    assert sse.frame({}, "r-1") == b"id: r-1\ndata: {}\n\n"


async def test_what_is_sent_comes_in_order_and_then_it_ends() -> None:
    async def work(send: sse.Send) -> None:
        await send(b"a")
        await send(b"b")

    async with sse.Stream(work) as pieces:
        assert [piece async for piece in pieces] == [b"a", b"b"]


async def test_silence_is_filled_with_comments(autojump_clock: object) -> None:
    async def work(send: sse.Send) -> None:
        await trio.sleep(35)
        await send(b"late")

    async with sse.Stream(work) as pieces:
        assert [piece async for piece in pieces] == [sse.KEEP_ALIVE, sse.KEEP_ALIVE, b"late"]
    assert trio.current_time() >= 35


async def test_whoever_leaves_ends_the_work(autojump_clock: object) -> None:
    ended: list[str] = []

    async def work(send: sse.Send) -> None:
        try:
            await send(b"first")
            await trio.sleep_forever()
        finally:
            ended.append("work")

    stream = sse.Stream(work)
    stream.on_end = lambda: ended.append("stream")
    with trio.move_on_after(1):
        async with stream as pieces:
            async for _ in pieces:
                continue
    assert ended == ["work", "stream"]


async def test_no_more_than_one_piece_waits_for_a_slow_reader(autojump_clock: object) -> None:
    sent = 0

    async def work(send: sse.Send) -> None:
        nonlocal sent
        for _ in range(10):
            await send(b"x" * 1_000)
            sent += 1

    async with sse.Stream(work) as pieces:
        await anext(pieces)
        await trio.sleep(1)
        assert sent == 1


def test_an_answer_is_not_kept_or_held_back_by_anybody() -> None:
    async def work(send: sse.Send) -> None:
        """Send nothing."""

    answer = sse.answer(sse.Stream(work))
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.timeout == sse.TOTAL_S
