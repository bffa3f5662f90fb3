"""Kills a hub again and again while it sends one broadcast, and looks who got it how often.

    python -m tests.faults.broadcast --subscribers 20000 --kills 5 [--seed 1] [--per-second 100000]

The subscribers are put into the data directory before the hub starts. It dies by `kill -9`, in the middle.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests
import trio

from actors.chatpion.ports import NewSubscriber
from actors.chatpion.values import Account
from storage import Storage, open_storage
from tests.e2e.hub_process import HubProcess
from tests.fakes.event_endpoint import EventEndpoint

NOW: Final = 1_700_000_000_000
AT_A_TIME: Final = 500
PATIENCE_S: Final = 30.0
"""So long may it be that nobody is told any more."""
EVENTS: Final = ("broadcast.started", "broadcast.completed")


class Stuck(Exception):
    """The hub is up, and tells nobody any more."""


class Crowd(NamedTuple):
    """An account with many subscribers, and a key of it; `secret` is that of its endpoint."""

    key: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run came to. `faults`: what went wrong; `seconds`: from the call to the end, with all restarts."""

    faults: list[str]
    subscribers: int
    kills: int
    seed: int
    seconds: float
    per_s: float
    rss_mb: float

    def __str__(self) -> str:
        verdict = "; ".join(self.faults) or "each got it once"
        return (
            f"{self.subscribers} subscribers, {self.kills} kills (seed {self.seed}) in {self.seconds:.1f} s; in the "
            f"last life {self.per_s:.0f} messages/s; at most {self.rss_mb:.0f} MB: {verdict}"
        )


async def gather(directory: Path, *, endpoint: str, subscribers: int) -> Crowd:
    """Have an account with so many subscribers of the hub's own platform."""
    async with open_storage(directory, report=lambda _conv, _notice: None) as storage:
        kept = storage.chatpion
        account = await kept.tenants.create(name="Acme")
        key = await kept.keys.create(account.id, name="main", scopes=["*"])
        await _subscribe(storage, account, subscribers)
        hook = await kept.hooks.create(account.id, url=endpoint, events=list(EVENTS), now=NOW)
    return Crowd(key.secret, hook.secret)


async def _subscribe(storage: Storage, account: Account, count: int) -> None:
    turns = trio.CapacityLimiter(AT_A_TIME)

    async def one(number: int) -> None:
        async with turns:
            new = NewSubscriber(platform="hub", platform_id=f"p{number}")
            await storage.chatpion.subscribers.upsert(account, new, NOW)

    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(one, number)


class Ordeal:
    """One hub, and one broadcast that it sends while it dies."""

    def __init__(self, directory: Path, *, subscribers: int, kills: int, seed: int, per_s: float) -> None:
        self._directory = directory
        self._subscribers = subscribers
        self._kills = kills
        self._seed = seed
        self._chance = random.Random(seed)
        self._per_s = per_s
        self._data = directory / "data"

    def run(self) -> Outcome:
        """Make the crowd, send, kill, and judge."""
        self._data.mkdir(mode=0o700)
        with EventEndpoint() as endpoint:
            crowd = trio.run(lambda: gather(self._data, endpoint=endpoint.url, subscribers=self._subscribers))
            endpoint.secret = crowd.secret
            env = {"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8", "HUBBUB_CHATPION_BROADCAST_PER_S": str(self._per_s)}
            with HubProcess(self._directory, provision={}, env=env) as hub:
                return self._send(hub, endpoint, crowd.key)

    def _send(self, hub: HubProcess, endpoint: EventEndpoint, key: str) -> Outcome:
        began = time.monotonic()
        broadcast = _post(hub, key)
        for number in range(self._kills):
            self._wait_until_said(self._share(number))
            hub.kill()
            hub.start()
        revived, said = time.monotonic(), self._said()
        self._wait_until_said(self._subscribers)
        ended = time.monotonic()
        endpoint.wait(lambda events: any(each.name == EVENTS[1] for each in events))
        shown = _get(hub, key, broadcast)
        rss_mb = _most_rss_mb(hub.ready.pid)
        faults = [] if said < self._subscribers else ["the last kill came too late"]
        faults += [] if (code := hub.stop()) == 0 else [f"the hub ended with {code}"]
        return Outcome(
            faults=[*faults, *self._faults(broadcast, shown), *_told_wrong(endpoint)],
            subscribers=self._subscribers,
            kills=self._kills,
            seed=self._seed,
            seconds=ended - began,
            per_s=(self._subscribers - said) / (ended - revived),
            rss_mb=rss_mb,
        )

    def _share(self, number: int) -> int:
        """How many may be told before the kill of this number: anything in its part of the whole."""
        part = self._subscribers * 0.9 / self._kills
        return max(1, int(part * (number + self._chance.random())))

    def _said(self) -> int:
        ((count,),) = self._rows("SELECT count(*) FROM letters WHERE state <> 'queued'")
        return int(count)

    def _wait_until_said(self, enough: int) -> None:
        """Return once so many were told. Raises Stuck."""
        last, since = -1, time.monotonic()
        while (said := self._said()) < enough:
            if said > last:
                last, since = said, time.monotonic()
            elif time.monotonic() > since + PATIENCE_S:
                raise Stuck(f"{said} of {self._subscribers} were told")
            time.sleep(0.02)

    def _faults(self, broadcast: int, shown: dict[str, Any]) -> list[str]:
        """What is not as it must be, of what is on disk and of what is shown."""
        heard = Counter(conv for (conv,) in self._rows("SELECT conv FROM messages WHERE cid LIKE 'cp-%'"))
        letters = Counter(self._rows("SELECT broadcast, state FROM letters"))
        whole = {(broadcast, "sent"): self._subscribers}
        place = "SELECT (SELECT count(*) FROM audiences) + (SELECT count(*) FROM agenda)"
        counted = {name: shown[name] for name in ("status", "total", "sent", "failed")}
        expected = {"status": "completed", "total": self._subscribers, "sent": self._subscribers, "failed": 0}
        found = {
            f"{self._subscribers - len(heard)} got nothing": len(heard) == self._subscribers,
            "some got it twice": set(heard.values()) == {1},
            f"messages are {dict(letters)}": letters == whole,
            "something is left behind": self._rows(place) == [(0,)],
            f"it is shown as {counted}": counted == expected,
        }
        return [fault for fault, is_right in found.items() if not is_right]

    def _rows(self, query: str) -> list[Any]:
        connection = sqlite3.connect(self._data / "hubbub.db", timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def _told_wrong(endpoint: EventEndpoint) -> list[str]:
    """Each event once; one that a kill cut off may have come again under its own id."""
    events = {(event.id, event.name) for event in endpoint.events}
    names = sorted(name for _, name in events)
    faults = [] if names == sorted(EVENTS) else [f"events are {names}"]
    return faults + [f"a bad call: {each}" for each in endpoint.bad]


def _post(hub: HubProcess, key: str) -> int:
    body: dict[str, Any] = {"name": "News", "message": "Hello, {{name}}!", "personalize": True}
    answer = requests.post(f"{hub.ready.http}/api/broadcasts", json=body, headers={"X-API-Key": key}, timeout=10)
    answer.raise_for_status()
    return int(answer.json()["data"]["id"])


def _get(hub: HubProcess, key: str, broadcast: int) -> dict[str, Any]:
    url = f"{hub.ready.http}/api/broadcasts/{broadcast}"
    answer = requests.get(url, headers={"X-API-Key": key}, timeout=10)
    shown: dict[str, Any] = answer.json()["data"]
    return shown


def _most_rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1_024


def main() -> int:
    """Run it once, and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-second", type=float, default=100_000.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        ordeal = Ordeal(
            Path(directory),
            subscribers=given.subscribers,
            kills=given.kills,
            seed=given.seed,
            per_s=given.per_second,
        )
        outcome = ordeal.run()
    print(outcome)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
