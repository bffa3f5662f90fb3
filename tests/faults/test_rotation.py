"""A credential that is rotated under load is dead for every request that begins after its owner has the answer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, Closed, Frame, PythonPeer
from tests.faults.canaries import exchange, http

AURORIALINK = "/app/bot_api.php?route=api_messenger"
CALLERS = 6
PATIENCE_S = 30.0
REVOKED = 4411


class Call(NamedTuple):
    """One request: when it began, its text, whether the hub said that it is committed."""

    began: float
    text: str
    accepted: bool


class Barrage:
    """Calls from many threads, each one after the other, until it is stopped."""

    def __init__(self, call: Callable[[str], bool | None], callers: int) -> None:
        self.calls: list[Call] = []
        self._call = call
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(caller,), daemon=True) for caller in range(callers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def accepted(self) -> set[str]:
        """The texts that the hub said are committed."""
        return {call.text for call in self.calls if call.accepted}

    def wait_for_calls(self, since: float) -> None:
        """Wait until each caller may have made one that began later, or all have given up."""
        self.wait_until(
            lambda: (
                sum(call.began > since for call in self.calls) >= 2 * len(self._threads)
                or not any(thread.is_alive() for thread in self._threads)
            )
        )

    def wait_until(self, so: Callable[[], bool]) -> None:
        """Look until it is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not so():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _go_on(self, caller: int) -> None:
        count = 0
        while not self._over.is_set():
            began, text = time.monotonic(), f"{caller}-{count}"
            accepted = self._call(text)
            if accepted is None:
                return
            self.calls.append(Call(began, text, accepted))
            count += 1


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    env = {"HUBBUB_AURORIALINK_RATE": "1000000", "HUBBUB_AURORIALINK_BAN_AFTER": "1000000"}
    env |= {"HUBBUB_PUBLISH_RATE_PER_S": "100000", "HUBBUB_PUBLISH_BURST": "100000"}
    with HubProcess(tmp_path, env=env) as hub:
        yield hub


def test_a_key_that_is_rotated_under_load_is_dead_at_once(hub: HubProcess) -> None:
    key = hub.credentials["bots"]["ci"]["key_access"]

    def say(text: str) -> bool:
        body = f"key_access={key}&type_action=add_message&content_message={text}".encode()
        answer = exchange(
            hub.ready.http, http("POST", AURORIALINK, body, Content_Type="application/x-www-form-urlencoded")
        )
        status = answer.split(b" ", 2)[1]
        assert status in (b"200", b"404"), answer
        return status == b"200"

    rotate_under(hub, "key_access", Barrage(say, CALLERS))


def test_a_token_that_is_rotated_under_load_is_dead_at_once(hub: HubProcess) -> None:
    peer = PythonPeer(hub.ready.ws, MSGPACK)
    peer.send(t="hello", ref=1, token=hub.credentials["bots"]["ci"]["token"], device="d")
    ends: list[Closed] = []

    def publish(text: str) -> bool | None:
        with contextlib.suppress(ConnectionClosed):
            peer.send(t="publish", ref=2, conv=hub.conversation("ops"), cid=text, body=text)
        answer = answer_to(peer, 2)
        if isinstance(answer, Closed):
            ends.append(answer)
            return None
        return str(answer["t"]) == "ok"

    rotate_under(hub, "token", Barrage(publish, 1))
    assert [end.code for end in ends] == [REVOKED]
    peer.leave()


def rotate_under(hub: HubProcess, credential: str, barrage: Barrage) -> None:
    """Rotate in the middle: nothing that begins after the answer is accepted, and nothing accepted is lost."""
    owner = PythonPeer(hub.ready.ws, MSGPACK)
    owner.send(t="hello", ref=1, token=hub.token("alice"), device="d")
    assert not isinstance(answer_to(owner, 1), Closed)
    barrage.start()
    barrage.wait_until(lambda: len(barrage.accepted()) > CALLERS)
    owner.send(t="bot.rotate", ref=2, bot=1, credential=credential)
    answer = answer_to(owner, 2)
    dead = time.monotonic()
    barrage.wait_for_calls(dead)
    barrage.stop()
    assert not isinstance(answer, Closed)
    assert answer["t"] == "ok", answer
    assert [call for call in barrage.calls if call.began > dead and call.accepted] == []
    assert barrage.accepted() <= said(owner, hub.conversation("ops"))
    owner.leave()


def answer_to(peer: PythonPeer, ref: int) -> Frame | Closed:
    """The answer, past the events that come meanwhile."""
    while True:
        frame = peer.receive()
        if isinstance(frame, Closed) or frame.get("ref") == ref:
            return frame


def said(peer: PythonPeer, conv: int) -> set[str]:
    """Every text of the conversation."""
    texts: set[str] = set()
    page: dict[str, int] = {}
    while True:
        peer.send(t="history", ref=3, conv=conv, limit=100, **page)
        answer = answer_to(peer, 3)
        assert not isinstance(answer, Closed)
        texts |= {message["body"] for message in answer["messages"]}
        if not answer["more"]:
            return texts
        page = {"before": answer["messages"][0]["id"]}
