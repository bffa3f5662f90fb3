"""A peer that stops reading: cut in time, able to resume, and nobody else's trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, PythonPeer
from tests.e2e.talker import Talker
from tests.faults import raw
from tests.faults.crash import CAST, GENEROUS
from tests.faults.figures import wait_until
from tests.faults.stored import head

TOO_SLOW = 4429
SLOW = "hubbub_slow_closes_total"
BODY = "x" * 9_000


class Speaker(threading.Thread):
    """Publishes one message after the other until told to stop; `slowest_s` is its longest wait for an answer."""

    def __init__(self, hub: HubProcess, conv: int) -> None:
        super().__init__(daemon=True)
        self._talker = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token("alice"), device="speaks")
        self._conv = conv
        self._enough = threading.Event()
        self.slowest_s = 0.0
        self.said: list[int] = []

    def run(self) -> None:
        for number in count():
            if self._enough.is_set():
                return
            began = time.monotonic()
            answer = self._talker.ask("publish", conv=self._conv, cid=f"c{number}", body=BODY)
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            self.said.append(answer["seq"])

    def stop(self) -> None:
        """Come to an end, and say so."""
        self._enough.set()
        self.join()
        assert self._talker.ask("conversation.update", conv=self._conv, name="the end")["t"] == "ok"
        self._talker.peer.leave()


class Listener(threading.Thread):
    """Reads all the time; `seqs` is what it heard."""

    def __init__(self, hub: HubProcess) -> None:
        super().__init__(daemon=True)
        self._talker = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token("carol"))
        self.seqs: list[int] = []

    def run(self) -> None:
        while (frame := self._talker.hear())["t"] != "renamed":
            self.seqs.append(frame["seq"])
        self.seqs.append(frame["seq"])
        self._talker.peer.leave()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    with HubProcess(tmp_path, provision=CAST, env=GENEROUS) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


def read_to_the_end(deaf: raw.RawClient) -> tuple[list[int], raw.Closed]:
    """What it had got before it was cut, and how it was."""
    seqs: list[int] = []
    while not isinstance(frame := deaf.receive(), raw.Closed):
        if "seq" in frame:
            seqs.append(frame["seq"])
    return seqs, frame


def test_peers_that_do_not_read_are_cut_resume_and_bother_nobody(hub: HubProcess) -> None:
    """One reads again once it is cut, the other one never does."""
    conv = hub.conversation("ops")
    listener, speaker = Listener(hub), Speaker(hub, conv)
    with (
        raw.RawClient(hub.ready.ws, hub.token("bob"), "deaf") as deaf,
        raw.RawClient(hub.ready.ws, hub.token("dave"), "deaf for ever"),
    ):
        listener.start()
        speaker.start()
        wait_until(hub.ready.http, lambda found: found["hubbub_outbox_bytes"] > 1_800_000)
        full_at = time.monotonic()
        wait_until(hub.ready.http, lambda found: found[SLOW] == 2)
        cut_at = time.monotonic()
        assert cut_at - full_at < 10
        heard, end = read_to_the_end(deaf)
        assert end.code == TOO_SLOW
        wait_until(hub.ready.http, lambda found: found['hubbub_connections{listener="ws"}'] == 2)
        assert time.monotonic() - cut_at < 4
    speaker.stop()
    listener.join()
    first, last = place_of(deaf.welcome, conv)["seq"] + 1, head(hub.data, conv)
    assert speaker.slowest_s < 2
    assert listener.seqs == list(range(first, last + 1))
    assert heard == list(range(first, first + len(heard)))
    resume(hub, [conv, place_of(deaf.welcome, conv)["epoch"], first - 1 + len(heard)], last)
    wait_until(hub.ready.http, lambda found: found["hubbub_sessions"] == 0 and found["hubbub_outbox_bytes"] == 0)


def place_of(welcome: raw.Frame, conv: int) -> raw.Frame:
    """What the welcome says of a conversation."""
    summary: raw.Frame
    (summary,) = [each for each in welcome["conversations"] if each["id"] == conv]
    return summary


def resume(hub: HubProcess, cursor: list[int], last: int) -> None:
    """Come back by the cursor: everything is replayed, or told to be left out."""
    back = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token("bob"), device="deaf", cursors=[cursor])
    at = cursor[2]
    for frame in back.missed:
        assert frame["from" if frame["t"] == "gap" else "seq"] == at + 1, frame
        at = frame["to"] if frame["t"] == "gap" else frame["seq"]
    assert at == last
    back.peer.leave()
