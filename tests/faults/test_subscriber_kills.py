"""Kill -9 while messages go out to subscribers: each stands in its conversation once, and is told of once."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import trio

from tests.e2e.hub_process import HubProcess
from tests.fakes.event_endpoint import Event, EventEndpoint
from tests.fakes.tenancy import Tenancy, furnish

KILLS = 3
SUBSCRIBERS = 30
TEXTS = [f"number {number}" for number in range(4)]
PATIENCE_S = 20.0


def test_kills_neither_lose_nor_repeat_a_message(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    with EventEndpoint() as endpoint:
        tenancy = trio.run(lambda: furnish(data, endpoint=endpoint.url, subscribers=SUBSCRIBERS, texts=TEXTS))
        endpoint.secret = tenancy.secret
        hub = HubProcess(tmp_path, provision={}, env={"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8"})
        counts = []
        with hub:
            for _ in range(KILLS):
                wait_for_more(data)
                hub.kill()
                counts.append(len(said(data)))
                hub.start()
            endpoint.wait(lambda events: len(sent(events)) == len(tenancy.letters))
            assert hub.stop() == 0
        assert endpoint.bad == []
    assert 0 < counts[0] < counts[-1], counts
    check_said(data, tenancy)
    check_told(endpoint)


def wait_for_more(data: Path) -> None:
    """Return in the middle of it: once some more messages were said."""
    enough, until = len(said(data)) + random.randrange(1, len(TEXTS) * SUBSCRIBERS // (KILLS + 1)), time.monotonic()
    while len(said(data)) < enough and time.monotonic() < until + PATIENCE_S:
        time.sleep(0.002)


def sent(events: Sequence[Event]) -> dict[str, int]:
    """The calls that told that a message was sent, by their ids: one that a kill cut off comes again under its own."""
    return {event.id: event.about for event in list(events) if event.name == "message.sent"}


def said(data: Path) -> list[tuple[int, int, str, str]]:
    """Every message of the account's bot: its conversation, its place there, its `cid` and its text."""
    connection = sqlite3.connect(data / "hubbub.db")
    try:
        query = "SELECT conv, seq, cid, body FROM messages WHERE cid LIKE 'cp-%' ORDER BY conv, seq"
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def check_said(data: Path, tenancy: Tenancy) -> None:
    """Every conversation has every text, once and in order."""
    texts: dict[int, list[str]] = defaultdict(list)
    for conv, _, _, body in said(data):
        texts[conv].append(body)
    assert texts == {subscriber.conv: TEXTS for subscriber in tenancy.subscribers}


def check_told(endpoint: EventEndpoint) -> None:
    """Every message has one event, however often that was posted."""
    numbers = list(sent(endpoint.events).values())
    assert len(numbers) == len(set(numbers)) == SUBSCRIBERS * len(TEXTS)
