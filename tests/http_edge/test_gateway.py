"""Asking an actor from a request: one answer or one refusal, never an exception; and the work stays told."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.messages.outcomes import Done, Refused
from actors.ports import StoreUnavailable
from actors.runtime import Actor, Context, Kind, NoSuchActor, Reply, System
from http_edge.gateway import Gateway, retry_after
from protocol.codes import ErrorCode


class Slow(Actor[str]):
    """Answers `done` after a second, and fails, hangs or is missing when told so."""

    def __init__(self, context: Context, done: list[str]) -> None:
        if context.address.key == "missing":
            raise NoSuchActor(context.address)
        self._done = done

    async def receive(self, message: str, reply: Reply) -> None:
        if message == "fail":
            raise RuntimeError("secret")
        await trio.sleep(1 if message == "work" else 1_000)
        self._done.append(message)
        reply.answer(Done())


@pytest.fixture
def done() -> list[str]:
    """What was carried out."""
    return []


@pytest.fixture
async def gateway(nursery: trio.Nursery, done: list[str]) -> Gateway:
    kind = Kind(name="slow", factory=lambda context: Slow(context, done), mailbox_limit=1)
    system = System([kind])
    await nursery.start(system.run)
    return Gateway(system, timeout_s=10.0)


async def test_an_answer_is_an_answer(gateway: Gateway, autojump_clock: MockClock) -> None:
    assert await gateway.ask("slow", 1, "work") == Done()


@pytest.mark.parametrize(
    ("key", "message", "code"),
    [("1", "fail", ErrorCode.INTERNAL), ("1", "hang", ErrorCode.INTERNAL), ("missing", "work", ErrorCode.NOT_FOUND)],
)
async def test_a_fault_is_a_refusal_without_details(
    gateway: Gateway, autojump_clock: MockClock, key: str, message: str, code: ErrorCode
) -> None:
    refused = await gateway.ask("slow", key, message)
    assert isinstance(refused, Refused)
    assert refused.code is code
    assert "secret" not in refused.message
    assert trio.current_time() <= 10.0


async def test_a_full_mailbox_is_temporary(gateway: Gateway, autojump_clock: MockClock) -> None:
    outcomes: list[object] = []

    async def ask() -> None:
        outcomes.append(await gateway.ask("slow", 1, "work"))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused
    assert {outcome.code for outcome in refused} == {ErrorCode.BUSY}


async def test_whoever_hangs_up_undoes_nothing(
    gateway: Gateway, autojump_clock: MockClock, done: list[str], nursery: trio.Nursery
) -> None:
    with trio.CancelScope() as scope:
        nursery.start_soon(wait_then, scope.cancel)
        await gateway.ask("slow", 1, "work")
    assert scope.cancelled_caught
    assert done == []
    await trio.sleep(2)
    assert done == ["work"]


async def wait_then(act: object) -> None:
    await wait_all_tasks_blocked()
    assert callable(act)
    act()


async def test_what_a_port_cannot_read_is_a_refusal(gateway: Gateway) -> None:
    async def read(fails: bool) -> int:
        if fails:
            raise StoreUnavailable("secret path", 700)
        return 7

    assert await gateway.read(read(fails=False)) == 7
    refused = await gateway.read(read(fails=True))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.retry_ms) == (ErrorCode.UNAVAILABLE, 700)
    assert "secret" not in refused.message


@pytest.mark.parametrize(("retry_ms", "seconds"), [(None, 1), (0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_999, 60)])
def test_retry_after_is_whole_seconds(retry_ms: int | None, seconds: int) -> None:
    assert retry_after(Refused(code=ErrorCode.BUSY, message="m", retry_ms=retry_ms)) == seconds
