"""A database that somebody locks, and a disk that takes no more, under a hub that runs."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import MSGPACK, Frame, PythonPeer
from tests.e2e.talker import Talker
from tests.faults.crash import CAST, GENEROUS
from tests.faults.stored import database, stored_log

Fault = Callable[[HubProcess], AbstractContextManager[None]]

HEALS_WITHIN_S = 5.0
TWO_PAGES = 8_192


@contextmanager
def locked(hub: HubProcess) -> Iterator[None]:
    """Another process has the database for itself."""
    with database(hub.data, writing=True) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield  # closing it gives the lock back


@contextmanager
def out_of_space(hub: HubProcess) -> Iterator[None]:
    """The hub may write nowhere but at the beginning of a file: no commit fits there."""
    before = resource.prlimit(hub.ready.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(hub.ready.pid, resource.RLIMIT_FSIZE, (TWO_PAGES, before[1]))
    try:
        yield
    finally:
        resource.prlimit(hub.ready.pid, resource.RLIMIT_FSIZE, before)


@pytest.fixture(
    params=[
        pytest.param((locked, "the database is locked"), id="locked"),
        pytest.param(
            (out_of_space, "the disk fails"),
            id="out of space",
            marks=pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="there is no prlimit here"),
        ),
    ]
)
def fault(request: pytest.FixtureRequest) -> tuple[Fault, str]:
    """What goes wrong, and what `/up` says about it."""
    chosen: tuple[Fault, str] = request.param
    return chosen


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=CAST, env=GENEROUS) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture
def alice(hub: HubProcess) -> Iterator[Talker]:
    yield from signed_in(hub, "alice")


@pytest.fixture
def bob(hub: HubProcess) -> Iterator[Talker]:
    yield from signed_in(hub, "bob")


def signed_in(hub: HubProcess, name: str) -> Iterator[Talker]:
    talker = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token(name))
    yield talker
    talker.peer.leave()


def up(hub: HubProcess) -> tuple[int, str | None]:
    """What `/up` says: the status, and the reason for a bad one."""
    answer = httpx.get(f"{hub.ready.http}/up")
    return answer.status_code, answer.json().get("reason")


def publish(talker: Talker, conv: int, cid: str, body: str = "x" * 9_000) -> tuple[Frame, float]:
    """Publish; return the answer, and how long it took."""
    began = time.monotonic()
    answer = talker.ask("publish", conv=conv, cid=cid, body=body)
    return answer, time.monotonic() - began


def publish_until_it_works(talker: Talker, conv: int, cid: str) -> Frame:
    """Publish as a client does that believes `retry_ms`."""
    deadline = time.monotonic() + HEALS_WITHIN_S
    while time.monotonic() < deadline:
        answer, _ = publish(talker, conv, cid)
        if answer["t"] == "ok":
            return answer
        time.sleep(answer["retry_ms"] / 1000)
    raise AssertionError(f"does not heal: {answer}")


def test_publishes_fail_fast_all_else_goes_on_and_it_heals_by_itself(
    hub: HubProcess, alice: Talker, bob: Talker, fault: tuple[Fault, str]
) -> None:
    break_it, reason = fault
    conv = hub.conversation("ops")
    before, _ = publish(alice, conv, f"{reason}: before")
    with break_it(hub):
        for number in range(5):
            answer, seconds = publish(alice, conv, f"{reason}: {number}")
            assert answer["code"] in ("unavailable", "busy"), answer
            assert answer["retry_ms"] > 0
            assert seconds < 1
        assert up(hub) == (503, reason)
        check_reads(hub, alice, conv, before)
    after = publish_until_it_works(alice, conv, f"{reason}: 0")
    assert (after["seq"], after["dup"]) == (before["seq"] + 1, False)
    assert up(hub) == (200, None)
    heard = [bob.hear(), bob.hear()]
    assert [(each["seq"], each["cid"]) for each in heard] == [
        (before["seq"], f"{reason}: before"),
        (after["seq"], f"{reason}: 0"),
    ]
    assert stored_log(hub.data, conv).holes() == 0


def check_reads(hub: HubProcess, alice: Talker, conv: int, last: Frame) -> None:
    """Pages, searches, sign-ins and resuming work although nothing can be written."""
    assert alice.ask("history", conv=conv, limit=1)["messages"][-1]["id"] == last["id"]
    assert alice.ask("search", q="xxx", limit=5)["t"] == "ok"
    carol = Talker(PythonPeer(hub.ready.ws, MSGPACK))
    epoch = next(each["epoch"] for each in alice.welcome["conversations"] if each["id"] == conv)
    carol.hello(token=hub.token("carol"), cursors=[[conv, epoch, last["seq"] - 1]])
    assert [each["id"] for each in carol.missed] == [last["id"]]
    carol.peer.send(t="typing", conv=conv, on=True)
    assert alice.notice("typing")["from"]["name"] == "carol"
    carol.peer.leave()


def test_other_changes_fail_as_fast(hub: HubProcess, alice: Talker, fault: tuple[Fault, str]) -> None:
    break_it, reason = fault
    conv = hub.conversation("tea")
    said, _ = publish(alice, conv, f"{reason}: said")
    requests: list[Frame] = [
        {"t": "edit", "conv": conv, "id": said["id"], "body": "y" * 9_000},
        {"t": "delete", "conv": conv, "id": said["id"]},
        {"t": "react", "conv": conv, "id": said["id"], "emoji": "x", "on": True},
        {"t": "conversation.update", "conv": conv, "name": "coffee"},
        {"t": "conversation.create", "kind": "open", "name": "new", "members": []},
        {"t": "bot.create", "name": f"new beside {reason}"},
    ]
    with break_it(hub):
        publish(alice, conv, f"{reason}: lost")
        for request in requests:
            began = time.monotonic()
            answer = alice.ask(**request)
            assert (answer["t"], answer["code"]) in (("error", "unavailable"), ("error", "busy")), (request, answer)
            assert answer["retry_ms"] > 0
            assert time.monotonic() - began < 1
    publish_until_it_works(alice, conv, f"{reason}: lost")
    answers = [alice.ask(**request) for request in requests if request["t"] not in ("delete", "conversation.update")]
    assert [answer["t"] for answer in answers] == ["ok"] * len(answers)
    assert stored_log(hub.data, conv).holes() == 0


def test_what_is_under_way_when_the_fault_comes_is_answered_and_loses_nothing(
    hub: HubProcess, alice: Talker, fault: tuple[Fault, str]
) -> None:
    """Publishes in full flight: each is either committed or refused, and what was refused can be said again."""
    break_it, reason = fault
    conv = hub.conversation("ops")
    cids = {1_000 + number: f"{reason}: flight {number}" for number in range(200)}
    half = len(cids) // 2
    outcomes: dict[str, Frame] = {}
    for ref, cid in list(cids.items())[:half]:
        alice.peer.send(t="publish", ref=ref, conv=conv, cid=cid, body="x" * 3_000)
    with break_it(hub):
        for ref, cid in list(cids.items())[half:]:
            alice.peer.send(t="publish", ref=ref, conv=conv, cid=cid, body="x" * 3_000)
        while len(outcomes) < len(cids):
            frame = alice.peer.receive()
            assert isinstance(frame, dict)
            if "ref" in frame:
                outcomes[cids[frame["ref"]]] = frame
    refused = [cid for cid, answer in outcomes.items() if answer["t"] == "error"]
    assert refused
    assert {outcomes[cid]["code"] for cid in refused} <= {"unavailable", "busy"}
    again = {cid: publish_until_it_works(alice, conv, cid) for cid in refused}
    stored = {fact.cid: (seq, fact.id) for seq, fact in stored_log(hub.data, conv).rows}
    for cid, answer in (outcomes | again).items():
        assert stored[cid] == (answer["seq"], answer["id"])
    assert stored_log(hub.data, conv).holes() == 0


def test_a_hub_ends_in_time_beside_a_lock_that_stays(tmp_path: Path) -> None:
    with HubProcess(tmp_path, provision=CAST, env=GENEROUS) as hub:
        conv = hub.conversation("ops")
        alice = Talker(PythonPeer(hub.ready.ws, MSGPACK)).hello(token=hub.token("alice"))
        said, _ = publish(alice, conv, "said")
        with locked(hub):
            alice.peer.send(t="publish", ref=99, conv=conv, cid="under way", body="x")
            began = time.monotonic()
            assert hub.stop() == 0
            assert time.monotonic() - began < 10
        alice.peer.leave()
        hub.start()
        assert stored_log(hub.data, conv).facts[said["seq"]].cid == "said"
        assert hub.stop() == 0
