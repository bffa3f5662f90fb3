"""`hubbub-load peers` whole, and real peers under a load that is small and short."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loadtest import machine
from loadtest.contest.contest import contest
from loadtest.contest.contestant import Contestant, PeerMissing
from loadtest.contest.hub import Hub
from loadtest.contest.installing import default_cache, installed, program
from loadtest.contest.ledger import Row, marks
from loadtest.contest.works import Work, choose
from loadtest.contest.written import LocalPythonPeer, NodePeer, SocketIoPeer
from loadtest.measuring import Place
from loadtest.terms import Terms

ROOT = Path(__file__).parents[3]
FAKE = (sys.executable, str(ROOT / "tests/loadtest/fake_hub.py"))
BRIEF = Terms(seconds=0.4, warm_up_s=0.1)
WEBSOCKETS = LocalPythonPeer("websockets", "Python websockets, sqlite3", "websockets_peer.py", ("websockets",))


def hubbub_load(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtest", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def fought(tmp_path: Path) -> Callable[[Contestant], Row]:
    """Return the row of a contestant at the smallest fan-out; what the load test pins is pinned for that only."""

    def one_round(contestant: Contestant) -> Row:
        allowed = os.sched_getaffinity(0)
        try:
            (row,) = contest([contestant], fan_out(), 1, BRIEF, Place((), machine.choose_cores(), tmp_path))
        finally:
            os.sched_setaffinity(0, allowed)
        return row

    return one_round


def fan_out() -> list[Work]:
    return choose(["fanout"], quick=True)


def is_right(row: Row) -> None:
    (trial,) = row.trials
    assert trial.sent == 20
    assert trial.stored == 20
    assert trial.result.delivered == trial.result.expected == 100
    assert trial.result.acks.count == 16
    # A busy machine may keep a generator from keeping up, and a peer from being alone on its core.
    assert [mark for mark in marks(trial) if "SATURATED" not in mark and "took" not in mark] == []


def test_the_python_peer_stores_sends_and_acknowledges_each_message(fought: Callable[[Contestant], Row]) -> None:
    WEBSOCKETS.prepare(Path())
    is_right(fought(WEBSOCKETS))


@pytest.mark.parametrize(
    "peer",
    [NodePeer("ws", "ws", "ws.mjs"), SocketIoPeer("socket.io", "socket.io", "socketio.mjs")],
    ids=lambda peer: peer.name,
)
def test_the_node_peers_store_send_and_acknowledge_each_message(
    fought: Callable[[Contestant], Row], peer: NodePeer
) -> None:
    # Nothing is installed for a test: it takes a network, a compiler and a minute.
    if shutil.which("node") is None or not peer.is_installed(default_cache()):
        pytest.skip("the peers in node are not installed: `hubbub-load peers --quick` does that")
    peer.prepare(default_cache())
    is_right(fought(peer))


def test_the_hub_is_counted_like_everybody_else(fought: Callable[[Contestant], Row]) -> None:
    is_right(fought(Hub((str(Path(sys.executable).with_name("hubbub")),))))


def test_a_hub_that_keeps_nothing_is_marked_in_the_table_and_fails(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    command = ("peers", "--quick", "--rounds", "1", "--only", "hub", "--work", "fanout", "--hub", " ".join(FAKE))
    first = hubbub_load(*command, "--json", str(target))
    assert first.returncode in (1, 3), first.stderr
    assert "hub [1]" in first.stdout
    assert "its rows could not be counted" in first.stdout
    second = hubbub_load(*command, "--json", str(target), "--append")
    assert second.returncode in (1, 3), second.stderr
    found = json.loads(target.read_text())
    assert [(row["work"], row["contestant"], len(row["trials"])) for row in found["rows"]] == [("fanout", "hub", 2)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--only", "sw"), "no peer sw; the nearest one is ws"),
        (("--work", "fanuot"), "no work fanuot; the nearest one is fanout"),
        (("--append",), "--append needs --json FILE"),
    ],
)
def test_what_there_is_not_is_refused_by_name(arguments: tuple[str, ...], says: str) -> None:
    refused = hubbub_load("peers", *arguments)
    assert (refused.returncode, refused.stderr) == (2, f"hubbub-load: {says}\n")


def test_the_schema_of_a_contest_is_shown() -> None:
    assert json.loads(hubbub_load("schema", "peers").stdout)["$ref"] == "#/$defs/ContestFile"


def test_steps_of_an_installation_are_taken_once_and_again_for_other_versions(tmp_path: Path) -> None:
    step = [("sh", "-c", "echo x >> {target}/log")]
    for pinned in ("one", "one", "two"):
        target = installed(tmp_path, "node", pinned, step)
        assert (target / "ws.mjs").is_file()
        assert (target / "log").read_text() == "x\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_an_installation_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(PeerMissing, match=r"sh -c .* failed: no network"):
            installed(tmp_path, "node", "one", [("sh", "-c", "echo no network; exit 1")])


def test_a_program_that_is_not_there_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    with pytest.raises(PeerMissing, match="nats-server is not installed"):
        program("nats-server")
