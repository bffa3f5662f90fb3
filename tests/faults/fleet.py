"""A fleet of bots that carries out commands while the hub is killed again and again.

    python -m tests.faults.fleet --commands 5000 --kills 5 [--bots 100] [--seed 1] [--directory DIR]

Half of the bots poll, a quarter hold native sessions with the client SDK, a quarter Socket.IO sockets. Their owner
queues commands for all of them, in an order that is known; what was not answered is looked up before it is sent again.
At the end each command must be done once, with the result that its bot was told first; and no bot may have got a
command before an older one, unless that one was its own already by the hub's word, or while its lease ran.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from actors.times import iso
from protocol.client import Client, Command, RequestRefused, open_client
from tests.e2e.hub_process import HubProcess
from tests.faults.rest import JsonCaller, Unanswered
from tests.faults.socket_bot import SocketBot, open_socket_bot
from tests.faults.stored import database

LEASE_S = 3.0
SLACK_S = 1.5
"""A lease begins when it is on disk, and its bot hears of it later: by so much on a busy machine."""
QUEUERS = 10
POLL = 5
PAUSE_S = 0.1
PATIENCE_S = 60.0
"""All of it must be done so soon after the last command was queued and the last kill: less than a test may last."""
PASSWORD = "correct horse"
ENV = {"HUBBUB_COMMAND_LEASE_S": str(LEASE_S), "HUBBUB_BOT_OFFLINE_AFTER_S": "1"}

PENDING = "SELECT count(*) FROM commands WHERE completed_at IS NULL"
LEFT = """
    SELECT bots.name, commands.position, commands.status, commands.leased_until - :now FROM commands
    JOIN bots ON bots.id = commands.bot WHERE commands.completed_at IS NULL ORDER BY 1, 2
"""
HELD = "SELECT id FROM commands WHERE leased_until IS NOT NULL"
STORED = "SELECT id, bot, payload, status, result, completed_at FROM commands ORDER BY bot, position"
TOTALS = "SELECT sum(pending), sum(completed), sum(failed) FROM command_totals"


@dataclass
class Receipt:
    """What one bot got, and what it was told of its acknowledgements."""

    order: list[str] = field(default_factory=list)
    got_at: dict[str, float] = field(default_factory=dict)
    early: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    again: int = 0

    def get(self, command: str) -> None:
        """A command has come, or has come again."""
        now = time.monotonic()
        if command not in self.got_at:
            self.order.append(command)
        else:
            self.again += 1
            if now < self.got_at[command] + LEASE_S - SLACK_S:
                self.early.append(command)
        self.got_at[command] = now


@dataclass
class Outcome:
    """What one run came to; `wrong` is what must not be."""

    commands: int
    bots: int
    kills: int
    seed: int
    seconds: float
    again: int
    wrong: list[str]

    def __str__(self) -> str:
        verdict = "clean" if not self.wrong else "; ".join(self.wrong[:5])
        return (
            f"{self.commands} commands, {self.bots} bots, {self.kills} kills in {self.seconds:.1f} s "
            f"(seed {self.seed}): {self.again} came again after their lease: {verdict}"
        )


class Fleet:
    """One hub, its bots, and their owner."""

    def __init__(self, hub: HubProcess, names: list[str], commands: int, seed: int) -> None:
        self._hub = hub
        self._chance = random.Random(seed)
        self._seed = seed
        self._bots = {name: int(hub.credentials["bots"][name]["id"]) for name in names}
        self._tokens = {name: str(hub.credentials["bots"][name]["token"]) for name in names}
        self._receipts = {name: Receipt() for name in names}
        self._commands = commands
        self._queued = 0
        self._held: set[str] = set()

    async def run(self, kills: int) -> Outcome:
        """Queue, carry out, kill, and judge."""
        started = time.monotonic()
        cookie = await self._sign_in()
        async with trio.open_nursery() as bots:
            for name in self._bots:
                bots.start_soon(getattr(self, f"_{name.partition('-')[0]}"), name)
            async with trio.open_nursery() as nursery:
                for place in range(QUEUERS):
                    nursery.start_soon(self._queue, list(self._bots)[place::QUEUERS], cookie)
                await self._kill_now_and_then(kills)
            with trio.move_on_after(PATIENCE_S):
                while await trio.to_thread.run_sync(self._pending):  # noqa: ASYNC110 — the hub tells nobody
                    await trio.sleep(PAUSE_S)
            bots.cancel_scope.cancel()
        wrong = await trio.to_thread.run_sync(self._left)
        wrong += await trio.to_thread.run_sync(self._judge)
        again = sum(receipt.again for receipt in self._receipts.values())
        seconds = time.monotonic() - started
        return Outcome(self._queued, len(self._bots), kills, self._seed, seconds, again, wrong)

    # ---------------------------------------------------------------------------------------------- the owner

    async def _sign_in(self) -> str:
        """Return a session's cookie, which outlives every hub."""
        host, port = self._address.split(":")
        body = f'{{"username": "alice", "password": "{PASSWORD}"}}'
        head = f"POST /api/auth/login HTTP/1.1\r\nHost: {self._address}\r\nContent-Type: application/json\r\n"
        async with await trio.open_tcp_stream(host, int(port)) as stream:
            await stream.send_all(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
            answer = b"".join([chunk async for chunk in stream]).decode()
        return answer.partition("session_token=")[2].partition(";")[0]

    async def _queue(self, names: list[str], cookie: str) -> None:
        """Queue for some of the bots, in turn, one command after the other."""
        async with JsonCaller(self._address, {"Cookie": f"session_token={cookie}"}) as caller:
            for number in range(self._commands // len(self._bots)):
                for name in names:
                    await self._queue_one(caller, self._bots[name], number)
                    self._queued += 1

    async def _queue_one(self, caller: JsonCaller, bot: int, number: int) -> None:
        body = {"type": "do", "payload": {"number": number}}
        while True:
            try:
                if (await caller.ask("POST", f"/api/bot/{bot}/send-command", body)).status == 200:
                    return
            except Unanswered:
                await trio.sleep(PAUSE_S)
                if await self._is_there(caller, bot, number):
                    return

    async def _is_there(self, caller: JsonCaller, bot: int, number: int) -> bool:
        while True:
            try:
                newest = await caller.ask("GET", f"/api/bot/{bot}/commands-history?limit=1")
            except Unanswered:
                await trio.sleep(PAUSE_S)
                continue
            if newest.status == 200:
                return any(command["payload"]["number"] == number for command in newest.json["commands"])

    # ----------------------------------------------------------------------------------------------- the bots

    async def _polls(self, name: str) -> None:
        async with JsonCaller(self._address, {"X-Bot-Token": self._tokens[name]}) as caller:
            while True:
                commands = await self._fetch(caller, self._bots[name])
                for command in commands:
                    self._receipts[name].get(command)
                for command in commands:
                    await self._acknowledge(caller, command, self._receipts[name])
                if not commands:
                    await trio.sleep(PAUSE_S)

    async def _fetch(self, caller: JsonCaller, bot: int) -> list[str]:
        try:
            answer = await caller.ask("GET", f"/api/bot/{bot}/commands?limit={POLL}")
        except Unanswered:
            return []
        return [command["id"] for command in answer.json.get("commands", [])]

    async def _acknowledge(self, caller: JsonCaller, command: str, receipt: Receipt) -> None:
        attempt = 0
        while True:
            attempt += 1
            body = {"status": "completed", "result": {"attempt": attempt}}
            try:
                answer = await caller.ask("POST", f"/api/commands/{command}/ack", body)
            except Unanswered:
                await trio.sleep(PAUSE_S)
                continue
            if answer.status == 200:
                stored = answer.json["command"]
                receipt.told.setdefault(command, (stored["result"], stored["completed_at"]))
                return

    async def _holds(self, name: str) -> None:
        """Take note of commands as they come, and do them one after the other beside that."""
        receipt, url = self._receipts[name], self._hub.ready.ws
        todo, done = trio.open_memory_channel[str](math.inf)
        async with (
            open_client(url, token=self._tokens[name], commands=True, random=lambda: PAUSE_S) as client,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(self._do, client, done)
            async for item in client:
                if isinstance(item, Command):
                    receipt.get(item.id)
                    await todo.send(item.id)

    async def _sits(self, name: str) -> None:
        """The same on a Socket.IO socket, which is opened again when it broke."""
        while True:
            try:
                async with open_socket_bot(self._address, self._tokens[name]) as bot:
                    await self._serve(bot, self._receipts[name])
            except* Unanswered:
                await trio.sleep(PAUSE_S)

    async def _serve(self, bot: SocketBot, receipt: Receipt) -> None:
        todo, done = trio.open_memory_channel[str](math.inf)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._do_by_socket, bot, done, receipt)
            async for command in bot.commands():
                receipt.get(command)
                await todo.send(command)

    async def _do_by_socket(self, bot: SocketBot, commands: trio.MemoryReceiveChannel[str], receipt: Receipt) -> None:
        async for command in commands:
            answer = await bot.acknowledge(command)
            while "command" not in answer:  # the hub takes no writes now
                await trio.sleep(PAUSE_S)
                answer = await bot.acknowledge(command)
            receipt.told.setdefault(command, (answer["command"]["result"], answer["command"]["completed_at"]))

    async def _do(self, client: Client, commands: trio.MemoryReceiveChannel[str]) -> None:
        async for command in commands:
            while True:
                try:
                    await client.ack_command(command, result={"by": "session"})
                    break
                except RequestRefused as refused:
                    if not refused.temporary:
                        raise
                    await trio.sleep(PAUSE_S)

    # ------------------------------------------------------------------------------------------------ the end

    async def _kill_now_and_then(self, kills: int) -> None:
        """Kill it at moments spread over the work, and note what was leased then: its answer may be lost."""
        for place in range(kills):
            while self._queued < self._commands * (place + 1) / (kills + 1):  # noqa: ASYNC110
                await trio.sleep(PAUSE_S / 10)
            await trio.sleep(self._chance.uniform(0, 0.2))
            await trio.to_thread.run_sync(self._hub.kill)
            self._held |= await trio.to_thread.run_sync(self._leased)
            await trio.to_thread.run_sync(self._hub.start)

    @property
    def _address(self) -> str:
        return self._hub.ready.http.split("/")[2]

    def _pending(self) -> int:
        with database(self._hub.data) as connection:
            return int(connection.execute(PENDING).fetchone()[0])

    def _left(self) -> list[str]:
        """What nobody has done in all that time: whose it is, its place, its state, and the ms its lease runs."""
        with database(self._hub.data) as connection:
            return [f"left: {row}" for row in connection.execute(LEFT, {"now": time.time_ns() // 1_000_000})]

    def _leased(self) -> set[str]:
        with database(self._hub.data) as connection:
            return {row[0] for row in connection.execute(HELD)}

    def _judge(self) -> list[str]:
        with database(self._hub.data) as connection:
            rows = connection.execute(STORED).fetchall()
            totals = connection.execute(TOTALS).fetchone()
        stored: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            stored[row[1]].append(row)
        wrong = [] if totals == (0, len(rows), 0) else [f"the counters say {totals} of {len(rows)}"]
        if len(rows) != self._queued:
            wrong.append(f"{self._queued} were queued, {len(rows)} are stored")
        for name, bot in self._bots.items():
            wrong += (f"{name}: {text}" for text in judge(stored[bot], self._receipts[name], self._held))
        return wrong


def judge(rows: list[tuple[Any, ...]], receipt: Receipt, held: set[str]) -> Iterable[str]:
    """What must not be, about one bot. `held`: commands whose lease its bot may never have heard of."""
    ids = [row[0] for row in rows]
    if [row[2] for row in rows] != [f'{{"number":{number}}}' for number in range(len(rows))]:
        yield "the queue is in another order"
    if set(receipt.order) != set(ids) or any(row[3] != "completed" for row in rows):
        yield "not all are done"
    seen = [command for command in receipt.order if command not in held]
    if seen != [command for command in ids if command in set(seen)]:
        yield "they came in another order"
    if receipt.early:
        yield f"{len(receipt.early)} came again while their lease ran"
    for command, _, _, _, result, completed_at in rows:
        told = receipt.told.get(command)
        if told is not None and told != (json.loads(result), iso(completed_at)):
            yield f"{command} was done twice"


def cast(bots: int) -> dict[str, Any]:
    """Who is in it: alice, and the bots, whose names say what they do."""
    kinds = ("polls", "holds", "polls", "sits")
    names = [f"{kinds[number % len(kinds)]}-{number}" for number in range(bots)]
    return {
        "users": [{"username": "alice", "password": PASSWORD}],
        "bots": [{"name": name, "owner": "alice"} for name in names],
    }


def fleet(directory: Path, *, commands: int, bots: int, kills: int, seed: int) -> Outcome:
    """Run it on a hub in `directory`."""
    print(f"seed {seed}")
    provision = cast(bots)
    with HubProcess(directory, provision=provision, env=ENV) as hub:
        crew = Fleet(hub, [bot["name"] for bot in provision["bots"]], commands, seed)
        return trio.run(crew.run, kills)


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fleet", description=__doc__)
    parser.add_argument("--commands", type=int, default=5_000)
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = given.directory or Path(temporary)
        outcome = fleet(directory, commands=given.commands, bots=given.bots, kills=given.kills, seed=given.seed)
    print(outcome)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
