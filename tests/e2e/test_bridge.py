"""A room in the middle, on a hub that is killed: what was taken passes once, in order, both ways."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, PythonPeer
from tests.e2e.talker import Talker

MANY = 25
PATIENCE_S = 15.0


class Thread:
    """What the bot's program does."""

    def __init__(self, hub: HubProcess) -> None:
        made = hub.credentials["bots"]["ci"]
        self._http = httpx.Client(headers={"X-Bot-Token": made["token"]}, timeout=20, trust_env=False)
        self._base = f"{hub.ready.http}/api/bot/{made['id']}"
        self._ack = f"{hub.ready.http}/api/commands"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self._base}{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reports(self, *texts: str) -> None:
        said = {"thread_id": "42", "thread_type": "GROUP", "author_name": "Zoë"}
        self.call("POST", "/messages", [{**said, "message": text} for text in texts])

    def fetches(self) -> list[str]:
        """The messages of the commands that wait, which are acknowledged."""
        found = self.call("GET", "/commands?limit=1000")["commands"]
        for command in found:
            self._http.post(f"{self._ack}/{command['id']}/ack", json={"status": "completed"}).raise_for_status()
        return [command["payload"]["message"] for command in found]

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    with HubProcess(tmp_path) as hub:
        yield hub
    assert "Traceback" not in hub.log_text(), hub.log_text()


def alice(hub: HubProcess) -> Talker:
    return Talker(PythonPeer(hub.ready.ws, JSON)).hello(token=hub.token("alice"))


def said_by_bot(person: Talker, ops: int) -> list[str]:
    page = person.ask("history", conv=ops, limit=100)
    return [message["body"] for message in page["messages"] if message["from"]["kind"] == "bot"]


def until(enough: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not enough():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_was_taken_passes_once_both_ways_over_a_kill(hub: HubProcess) -> None:
    thread, ops = Thread(hub), hub.conversation("ops")
    bridge = {"conversation": ops, "thread_id": "42", "thread_type": "GROUP"}
    thread.call("PUT", "/settings", {"bridge": [bridge]})
    person = alice(hub)

    words = [f"out {number}" for number in range(MANY)]
    for word in words:
        assert person.ask("publish", conv=ops, cid=word, body=word)["t"] == "ok"
    texts = [f"in {number}" for number in range(MANY)]
    thread.reports(*texts)
    hub.kill()
    hub.start()
    person = alice(hub)
    got: list[str] = []

    def has_got(count: int) -> bool:
        got.extend(thread.fetches())
        return len(got) >= count

    until(lambda: has_got(MANY))
    until(lambda: len(said_by_bot(person, ops)) >= MANY)

    thread.reports("the last")
    assert person.ask("publish", conv=ops, cid="last", body="the last")["t"] == "ok"
    until(lambda: has_got(MANY + 1))
    until(lambda: "Zoë: the last" in said_by_bot(person, ops))
    assert got == [*words, "the last"]
    assert said_by_bot(person, ops) == [*(f"Zoë: {text}" for text in texts), "Zoë: the last"]
    thread.close()
    person.peer.leave()
