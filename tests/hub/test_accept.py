"""The accept loop: what one connection does stays its own business."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hub.accept import Acceptor, Limits, open_listeners

Connect = Callable[[], Awaitable[trio.SocketStream]]
ROOMY = Limits(total=100, per_address=100)


@contextlib.asynccontextmanager
async def serving(
    acceptor: Acceptor, handler: Callable[[trio.SocketStream], Awaitable[None]]
) -> AsyncIterator[Connect]:
    listeners = await open_listeners("127.0.0.1", 0)
    port = listeners[0].socket.getsockname()[1]
    streams: list[trio.SocketStream] = []

    async def connect() -> trio.SocketStream:
        streams.append(await trio.open_tcp_stream("127.0.0.1", port))
        await wait_all_tasks_blocked(0.01)
        return streams[-1]

    async with trio.open_nursery() as nursery:
        await nursery.start(acceptor.serve, listeners, handler)
        try:
            yield connect
        finally:
            nursery.cancel_scope.cancel()
            for stream in streams:
                stream.socket.close()


async def stay(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def echo(stream: trio.SocketStream) -> None:
    async for data in stream:
        await stream.send_all(data)


async def _is_refused(connect: Connect) -> bool:
    try:
        return await _ends(await connect())
    except OSError:  # the reset came before the connect was done
        return True


async def _ends(stream: trio.SocketStream) -> bool:
    try:
        return await stream.receive_some(1) == b""
    except trio.BrokenResourceError:
        return True


async def test_a_handler_that_raises_ends_its_own_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def fail_or_echo(stream: trio.SocketStream) -> None:
        if await stream.receive_some(1) == b"!":
            raise RuntimeError("what the peer sent: hunter2")
        await echo(stream)

    acceptor = Acceptor("test", ROOMY)
    async with serving(acceptor, fail_or_echo) as connect:
        good, bad = await connect(), await connect()
        await bad.send_all(b"!")
        assert await _ends(bad)
        await good.send_all(b".hello")
        assert await good.receive_some(5) == b"hello"
        assert (acceptor.statistics().failed, acceptor.statistics().open) == (1, 1)
    assert [record.__dict__["error"] for record in caplog.records] == ["RuntimeError"]
    assert "hunter2" not in caplog.records[0].getMessage()


async def test_the_total_cap_refuses_and_recovers() -> None:
    acceptor = Acceptor("test", Limits(total=2, per_address=100))
    async with serving(acceptor, echo) as connect:
        first, _ = await connect(), await connect()
        assert await _is_refused(connect)
        await first.aclose()
        await wait_all_tasks_blocked(0.01)
        third = await connect()
        await third.send_all(b"x")
        assert await third.receive_some(1) == b"x"
        assert acceptor.statistics().refused_total == 1


async def test_the_cap_per_address_spares_exempt_ones() -> None:
    capped = Acceptor("test", Limits(total=100, per_address=1))
    exempt = Acceptor("test", Limits(total=100, per_address=1, exempt=(ip_network("127.0.0.0/8"),)))
    async with serving(capped, stay) as connect:
        await connect()
        assert await _is_refused(connect)
        assert (capped.statistics().open, capped.statistics().refused_address) == (1, 1)
    async with serving(exempt, stay) as connect:
        await connect()
        await connect()
        assert (exempt.statistics().open, exempt.statistics().refused_address) == (2, 0)


async def test_connections_that_stop_accepting_go_on() -> None:
    acceptor = Acceptor("test", ROOMY)
    async with serving(acceptor, echo) as connect:
        stream = await connect()
        acceptor.stop_accepting()
        acceptor.stop_accepting()
        with pytest.raises(OSError):
            await connect()
        await stream.send_all(b"x")
        assert await stream.receive_some(1) == b"x"


async def test_drain_waits_for_handlers_and_cuts_the_rest(patient_clock: MockClock) -> None:
    async def last_words(stream: trio.SocketStream) -> None:
        await stream.receive_some(1)
        await trio.sleep(1)

    acceptor = Acceptor("test", ROOMY)
    async with serving(acceptor, last_words) as connect:
        polite, silent = await connect(), await connect()
        await polite.send_all(b"x")
        began = trio.current_time()
        await acceptor.drain(began + 5)
        await wait_all_tasks_blocked(0.01)
        assert trio.current_time() - began == pytest.approx(5, abs=0.1)
        assert await _ends(silent)
        assert (acceptor.statistics().open, acceptor.statistics().aborted) == (0, 1)


async def test_a_handler_that_shields_a_send_cannot_hold_up_an_abort() -> None:
    async def stubborn(stream: trio.SocketStream) -> None:
        with trio.CancelScope(shield=True):
            await stream.send_all(bytes(50_000_000))

    acceptor = Acceptor("test", ROOMY)
    async with serving(acceptor, stubborn) as connect:
        await connect()
        await acceptor.drain(trio.current_time())
        await wait_all_tasks_blocked(0.01)
        assert acceptor.statistics().open == 0


async def test_the_loop_outlives_a_system_without_file_descriptors(
    patient_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    acceptor = Acceptor("test", ROOMY)
    accept, failures = trio.SocketListener.accept, [errno.EMFILE] * 3

    async def short_of_files(listener: trio.SocketListener) -> trio.SocketStream:
        if failures:
            raise OSError(failures.pop(), "too many files")
        return await accept(listener)

    monkeypatch.setattr(trio.SocketListener, "accept", short_of_files)
    async with serving(acceptor, echo) as connect:
        stream = await connect()
        await stream.send_all(b"x")
        assert await stream.receive_some(1) == b"x"
        assert acceptor.statistics().accept_errors == 3


async def test_port_zero_is_one_port() -> None:
    listeners = await open_listeners("localhost", 0)
    assert len(listeners) == 1
    for listener in listeners:
        await listener.aclose()


async def test_a_port_that_is_taken_is_an_error() -> None:
    (listener,) = await open_listeners("127.0.0.1", 0)
    with pytest.raises(OSError):
        await open_listeners("127.0.0.1", listener.socket.getsockname()[1])
    await listener.aclose()
