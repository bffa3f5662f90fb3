"""Thousands of hostile connections on each port of a real hub, beside people who just talk."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.e2e.hub_process import HubProcess
from tests.faults.attacks import Attack, Attacker, Ending
from tests.faults.audit import judge
from tests.faults.crash import CAST, GENEROUS, until
from tests.faults.figures import wait_until
from tests.faults.member import Member
from tests.faults.raw import RESET, address_of
from tests.faults.stored import head, stored_log

SEED = 20_251_125
ATTACKS = 3_000
AT_ONCE = 64
MOMENT_S = 0.1
PATIENCE_S = 15.0
MALLORY: dict[str, Any] = {
    **CAST,
    "users": [*CAST["users"], {"username": "mallory"}],
    "conversations": [*CAST["conversations"], {"name": "den", "kind": "open", "members": ["mallory"]}],
}
IMPATIENT = {
    "HUBBUB_HANDSHAKE_TIMEOUT_S": "1",
    "HUBBUB_HELLO_TIMEOUT_S": "1",
    "HUBBUB_HEARTBEAT_PING_S": "2",
    "HUBBUB_HEARTBEAT_TIMEOUT_S": "5",
}
AT_REST = {
    'hubbub_connections{listener="ws"}': 0,
    'hubbub_connections{listener="http"}': 1,  # the one that asks
    "hubbub_sessions": 0,
    "hubbub_outbox_bytes": 0,
    'hubbub_actors{kind="session"}': 0,
    'hubbub_actors{kind="desk"}': 0,
    'hubbub_connections_failed_total{listener="ws"}': 0,
    'hubbub_connections_failed_total{listener="http"}': 0,
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    with HubProcess(tmp_path, provision=MALLORY, env=GENEROUS | IMPATIENT) as hub:
        yield hub
        assert hub.alive()
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.mark.parametrize("port", ["ws", "http"])
def test_three_thousand_mutated_connections_leave_nothing_behind(hub: HubProcess, port: str) -> None:
    attacker = Attacker(SEED, token=hub.token("mallory"), conv=hub.conversation("den"))
    make = {"ws": attacker.on_websockets, "http": attacker.on_http}[port]
    url = {"ws": hub.ready.ws, "http": hub.ready.http}[port]
    before = sockets(hub)
    asyncio.run(beside_a_pair(hub, lambda: assault(url, make)))
    found = wait_until(hub.ready.http, lambda found: AT_REST.items() <= found.items())
    wait_until(hub.ready.http, lambda _: sockets(hub) <= before + 1)  # one asks
    # Some were gone before they could be accepted.
    assert found[f'hubbub_connections_accepted_total{{listener="{port}"}}'] > ATTACKS * 2 / 3
    assert not [name for name, value in found.items() if name.startswith("hubbub_actor_restarts") and value]


def sockets(hub: HubProcess) -> int:
    """How many the process has."""
    return len(psutil.Process(hub.ready.pid).net_connections(kind="all"))


async def beside_a_pair(hub: HubProcess, attack: Callable[[], Any]) -> None:
    """Attack while two people talk and somebody asks whether the hub is up; none of them notices anything."""
    conv = hub.conversation("ops")
    speaker, listener = (Member(hub.ready.ws, hub.token(name), "pair", seed=SEED) for name in ("alice", "bob"))
    speaker.publish_in([conv], window=1)
    async with asyncio.TaskGroup() as tasks:
        for member in (speaker, listener):
            tasks.create_task(member.run())
        await until(lambda: speaker.synced.is_set() and listener.synced.is_set(), "both are in sync")
        asking = tasks.create_task(ask_whether_it_is_up(hub))
        await attack()
        asking.cancel()
        speaker.quiet()
        await until(lambda: not speaker.diary.waiting, "all is answered")
        await until(lambda: listener.diary.seen[conv].last == head(hub.data, conv), "all is heard")
        assert (speaker.connections, listener.connections) == (1, 1)
        for member in (speaker, listener):
            member.leave()
    logs = {each: stored_log(hub.data, each) for each in listener.diary.seen}
    verdict, reasons = judge([speaker.diary, listener.diary], logs, {})
    assert verdict.clean, (str(verdict), reasons)
    assert len(speaker.diary.receipts) > 100


async def ask_whether_it_is_up(hub: HubProcess) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        while True:
            assert (await client.get(f"{hub.ready.http}/up")).status_code == 200
            await asyncio.sleep(0.05)


async def assault(url: str, make: Callable[[], Attack]) -> None:
    """Attack many times, many at once; those who wait for the hub to end them do so beside the others."""
    address, at_once = address_of(url), asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(ATTACKS):
            attack = make()
            if attack.ending is Ending.SILENCE:
                tasks.create_task(carry_out(address, attack))
            else:
                await at_once.acquire()
                tasks.create_task(carry_out(address, attack)).add_done_callback(lambda _: at_once.release())


async def carry_out(address: tuple[str, int], attack: Attack) -> None:
    """Be one hostile peer. Whoever waits for the hub to end the connection must not wait for long."""
    reader, writer = await asyncio.open_connection(*address)
    answer = b""
    with contextlib.suppress(ConnectionError):
        writer.write(attack.opening)
        if attack.rest:
            answer += await read_some(reader)
            writer.write(attack.rest)
        match attack.ending:
            case Ending.CLOSE:
                answer += await read_some(reader)
            case Ending.RESET:
                await asyncio.sleep(attack.pause_s)
                sock: socket.socket = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()
            case Ending.HALF_CLOSE:
                writer.write_eof()
                answer += await read_all(reader)
            case Ending.SILENCE:
                answer += await read_all(reader)
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 502")), (attack, answer)


async def read_some(reader: asyncio.StreamReader) -> bytes:
    """What comes within a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(MOMENT_S):
            return await reader.read(65_536)
    return b""


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """What comes until the hub ends the connection, which it does before long."""
    async with asyncio.timeout(PATIENCE_S):
        return await reader.read()
