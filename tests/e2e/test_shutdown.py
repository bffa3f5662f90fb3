"""How a hub ends under load, and what is there when it comes back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.e2e.deaf import DeafPeer
from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, MSGPACK, Closed, Frame, PythonPeer
from tests.e2e.talker import Talker
from tests.faults.figures import wait_until

DEAF = 20
WRITERS = 3
DRAIN_S = 3.0
GIVE_UP_S = 2.0
"""What an end may take beyond that."""
ENOUGH = 50
PATIENCE_S = 30.0
BODY = "x" * 4_000


class Writer(threading.Thread):
    """Publishes as fast as it is answered; keeps what was acknowledged, and how it ended."""

    def __init__(self, hub: HubProcess, name: str) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, Frame] = {}
        self.last_frames: list[Frame] = []
        self.end: Closed | None = None
        self._name = name
        self._conv = hub.conversation("ops")
        self._peer = PythonPeer(hub.ready.ws, MSGPACK)
        Talker(self._peer).hello(token=hub.token("alice"), device=name)

    def run(self) -> None:
        number = 0
        self._publish(number)
        while not isinstance(frame := self._peer.receive(), Closed):
            self.last_frames = [*self.last_frames[-20:], frame]
            if frame["t"] == "ok":
                self.acknowledged[f"{self._name}-{frame['ref']}"] = frame
                number += 1
                self._publish(number)
        self.end = frame
        self._peer.leave()

    def _publish(self, ref: int) -> None:
        frame = {"t": "publish", "ref": ref, "conv": self._conv, "cid": f"{self._name}-{ref}", "body": BODY}
        try:
            self._peer.send(**frame)
        except Exception:  # the hub has closed meanwhile: `receive` tells how
            return


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    many = {"HUBBUB_DEVICES_PER_USER": "100", "HUBBUB_PUBLISH_RATE_PER_S": "10000", "HUBBUB_PUBLISH_BURST": "10000"}
    with HubProcess(tmp_path, env={**many, "HUBBUB_DRAIN_S": str(DRAIN_S)}) as hub:
        yield hub


@pytest.fixture
def writers(hub: HubProcess) -> list[Writer]:
    return [Writer(hub, f"writer-{number}") for number in range(WRITERS)]


def wait_until_busy(writers: list[Writer]) -> None:
    """Wait until each of them is well under way."""
    deadline = time.monotonic() + PATIENCE_S
    while min(len(writer.acknowledged) for writer in writers) < ENOUGH:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_clogged(hub: HubProcess, deaf: int) -> None:
    """Wait until messages for each of the deaf are held up in the hub itself."""
    wait_until(hub.ready.http, lambda found: found["hubbub_outbox_bytes"] > deaf * 10 * len(BODY))


def log_of(hub: HubProcess) -> dict[str, Frame]:
    """Return every message of the conversation by `cid`, as a client reads it, and check that `seq` has no hole."""
    talker = Talker(PythonPeer(hub.ready.ws, JSON)).hello(token=hub.token("bob"))
    messages: list[Frame] = []
    page: Frame = {"more": True}
    while page["more"]:
        before = {"before": messages[0]["id"]} if messages else {}
        page = talker.ask("history", conv=hub.conversation("ops"), limit=100, **before)
        messages = page["messages"] + messages
    talker.peer.leave()
    seqs = [message["seq"] for message in messages]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    log = {message["cid"]: message for message in messages}
    assert len(log) == len(messages)
    return log


def assert_nothing_lost(writers: list[Writer], log: dict[str, Frame]) -> None:
    for writer in writers:
        assert len(writer.acknowledged) >= ENOUGH
        for cid, ok in writer.acknowledged.items():
            assert (log[cid]["seq"], log[cid]["id"], log[cid]["at"]) == (ok["seq"], ok["id"], ok["at"])


def test_a_hub_under_load_ends_in_time_though_twenty_peers_never_read(hub: HubProcess, writers: list[Writer]) -> None:
    with ExitStack() as stack:
        for number in range(DEAF):
            peer = DeafPeer(hub.ready.ws, hub.token("bob"), f"deaf-{number}")
            stack.callback(peer.leave)
        for writer in writers:
            writer.start()
        wait_until_busy(writers)
        wait_until_clogged(hub, DEAF)
        began = time.monotonic()
        assert hub.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < DRAIN_S + GIVE_UP_S
    for writer in writers:
        writer.join(20)
        assert writer.end is not None
        assert writer.end.code == 1012
        (goaway,) = [frame for frame in writer.last_frames if frame["t"] == "goaway"]
        assert goaway["retry_ms"] > 0
    assert "Traceback" not in hub.log_text()
    hub.start()
    assert_nothing_lost(writers, log_of(hub))


def test_a_hub_that_is_killed_loses_nothing_that_it_acknowledged(hub: HubProcess, writers: list[Writer]) -> None:
    for writer in writers:
        writer.start()
    wait_until_busy(writers)
    os.kill(hub.ready.pid, signal.SIGKILL)
    assert hub.wait() == -signal.SIGKILL
    for writer in writers:
        writer.join(20)
        assert writer.end is not None
    hub.start()
    assert_nothing_lost(writers, log_of(hub))


def test_a_draining_hub_says_so(hub: HubProcess) -> None:
    """A peer that reads nothing keeps the hub draining for as long as it may; meanwhile `/up` tells."""
    with ExitStack() as stack:
        writers = [Writer(hub, f"writer-{number}") for number in range(WRITERS)]
        peer = DeafPeer(hub.ready.ws, hub.token("bob"), "deaf")
        stack.callback(peer.leave)
        for writer in writers:
            writer.start()
        wait_until_clogged(hub, 1)
        hub.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_S
        while (answer := httpx.get(f"{hub.ready.http}/up")).status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert (answer.status_code, answer.json()["reason"]) == (503, "draining")
        with pytest.raises(OSError):
            PythonPeer(hub.ready.ws, MSGPACK)
    assert hub.wait() == 0
