"""Kills a hub again and again under load, and audits what it acknowledged, stored and showed.

    python -m tests.faults.crash --kills 200 [--seed 1] [--directory DIR]

Publishers repeat by `cid` what was not answered, listeners resume by their cursors; all know the hub only by its wire.
The process dies by `kill -9`, at any moment, some of them while it starts. What this cannot show is a power cut:
the kernel outlives the process, and with it what was written and not yet synced.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.hub_process import HubProcess
from tests.faults.audit import Verdict, judge
from tests.faults.diary import Diary, Frame
from tests.faults.member import Member
from tests.faults.stored import head, is_sound, stored_log

PUBLISHERS = ("alice", "bob", "carol", "ci")
LISTENERS = ("alice", "dave", "dave")
WINDOW = 8
LONGEST_LOAD_S = 0.3
LONGEST_START_S = 0.7
"""How long a hub lives that dies while it starts, at most."""
START_DEATHS = 0.15
UNTOUCHED_STARTS = 0.25
PATIENCE_S = 30.0

CAST: dict[str, Any] = {
    "users": [{"username": "alice"}, {"username": "bob"}, {"username": "carol"}, {"username": "dave"}],
    "bots": [{"name": "ci", "owner": "alice"}],
    "conversations": [
        {"name": name, "kind": "closed", "members": ["alice", "bob", "carol", "dave"], "bots": ["ci"]}
        for name in ("ops", "tea")
    ],
}
GENEROUS = {
    "HUBBUB_DEVICES_PER_USER": "100",
    "HUBBUB_PUBLISH_RATE_PER_S": "100000",
    "HUBBUB_PUBLISH_BURST": "100000",
    "HUBBUB_LOGIN_RATE_PER_MIN": "100000",
}


class Stuck(Exception):
    """The hub is up, and something that must come does not."""


class MortalHub(HubProcess):
    """A hub that may also die before it is up."""

    def die_while_starting(self, after_s: float) -> None:
        """Start it and kill it so many seconds later, whatever it is at."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=self._env
            )
        time.sleep(after_s)
        process.kill()
        process.wait()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run came to. `reasons`: the first few things that went wrong."""

    verdict: Verdict
    reasons: list[str]
    kills: int
    seed: int
    seconds: float
    acknowledged: int
    seen: int
    resumed: int
    gaps: int

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s (seed {self.seed}): {self.acknowledged} acknowledged, "
            f"{self.seen} events seen, {self.resumed} times resumed, {self.gaps} gaps told: {self.verdict}"
        )


class Ordeal:
    """One hub, and those who use it while it dies."""

    def __init__(self, hub: MortalHub, *, seed: int) -> None:
        self._hub = hub
        self._seed = seed
        self._chance = random.Random(seed)
        self._rooms = [hub.conversation(name) for name in ("ops", "tea")]
        self._publishers = [self._member(name, f"{name}-writes") for name in PUBLISHERS]
        self._listeners = [self._member(name, f"{name}-{number}") for number, name in enumerate(LISTENERS)]
        for publisher in self._publishers:
            publisher.publish_in(self._rooms, WINDOW)

    async def run(self, kills: int) -> Outcome:
        """Kill it so often, let everybody come to an end, and judge."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for member in self._members:
                tasks.create_task(member.run())
            await until(lambda: all(member.synced.is_set() for member in self._members), "all are in sync")
            for _ in range(kills):
                await self._load()
                await self._die_and_return()
            await self._load()
            histories = await self._come_to_an_end()
            for member in self._members:
                member.leave()
        return await asyncio.to_thread(self._judge, kills, started, histories)

    @property
    def _members(self) -> list[Member]:
        return self._publishers + self._listeners

    @property
    def _diaries(self) -> list[Diary]:
        return [member.diary for member in self._members]

    @property
    def _acknowledged(self) -> int:
        return sum(len(diary.receipts) for diary in self._diaries)

    def _member(self, name: str, device: str) -> Member:
        credentials = self._hub.credentials
        account = credentials["users"].get(name) or credentials["bots"][name]
        return Member(self._hub.ready.ws, account["token"], device, seed=self._seed)

    async def _load(self) -> None:
        """Let it work for a while; mostly until publishers are through again, sometimes not even that."""
        if self._chance.random() >= UNTOUCHED_STARTS:
            before = self._acknowledged
            await until(lambda: self._acknowledged > before, "a publish is acknowledged")
        await asyncio.sleep(self._chance.uniform(0, LONGEST_LOAD_S))

    async def _die_and_return(self) -> None:
        self._hub.kill()
        while self._chance.random() < START_DEATHS:
            await asyncio.to_thread(self._hub.die_while_starting, self._chance.uniform(0, LONGEST_START_S))
        await asyncio.to_thread(self._hub.start)

    async def _come_to_an_end(self) -> dict[int, list[Frame]]:
        for publisher in self._publishers:
            publisher.quiet()
        await until(lambda: not any(diary.waiting for diary in self._diaries), "all is answered")
        await until(self._all_have_all, "all have seen all")
        reader = self._listeners[0]
        return {conv: await history(reader, conv) for conv in self._rooms}

    def _all_have_all(self) -> bool:
        heads = {conv: head(self._hub.data, conv) for conv in self._rooms}
        return all({conv: seen.last for conv, seen in diary.seen.items()} == heads for diary in self._diaries)

    def _judge(self, kills: int, started: float, histories: dict[int, list[Frame]]) -> Outcome:
        code = self._hub.stop(signal.SIGTERM)
        logs = {conv: stored_log(self._hub.data, conv) for conv in self._rooms}
        verdict, reasons = judge(self._diaries, logs, histories)
        if code != 0 or not is_sound(self._hub.data):
            raise Stuck(f"the hub ended with {code}, and its database is sound: {is_sound(self._hub.data)}")
        seen = [seen for diary in self._diaries for seen in diary.seen.values()]
        return Outcome(
            verdict=verdict,
            reasons=reasons,
            kills=kills,
            seed=self._seed,
            seconds=time.monotonic() - started,
            acknowledged=self._acknowledged,
            seen=sum(len(each.facts) for each in seen),
            resumed=sum(member.connections - 1 for member in self._members),
            gaps=sum(len(each.gaps) for each in seen),
        )


async def until(so: Callable[[], bool], what: str) -> None:
    """Wait for it. Raises Stuck."""
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        if time.monotonic() > deadline:
            raise Stuck(f"waited in vain until {what}")
        await asyncio.sleep(0.02)


async def history(reader: Member, conv: int) -> list[Frame]:
    """Return every message, as pages show them, ascending."""
    messages: list[Frame] = []
    more = True
    while more:
        before = {"before": messages[0]["id"]} if messages else {}
        page = await reader.ask("history", conv=conv, limit=100, **before)
        messages = page["messages"] + messages
        more = page["more"]
    return messages


def crash(directory: Path, *, kills: int, seed: int) -> Outcome:
    """Run a hub in `directory`, kill it so often, and say what came of it. Raises Stuck and HubFailed."""
    print(f"seed {seed}")
    with MortalHub(directory, provision=CAST, env=GENEROUS) as hub:
        return asyncio.run(Ordeal(hub, seed=seed).run(kills))


def main() -> int:
    """Run from the command line; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crash", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--directory", type=Path, help="where to work, and to leave everything behind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hubbub-crash-") as temporary:
        outcome = crash(options.directory or Path(temporary), kills=options.kills, seed=options.seed)
    print(outcome)
    for reason in outcome.reasons:
        print(" ", reason)
    return 0 if outcome.verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
