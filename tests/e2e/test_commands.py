"""`make serve`, `hubbub tail` and `hubbub send` against a real hub."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.hub_process import HUBBUB, READY, HubProcess

ROOT = Path(__file__).parents[2]
FREE_PORTS = "--http 127.0.0.1:0 --ws 127.0.0.1:0"


def send(
    hub: HubProcess, text: str, *, by: str = "alice", stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    command = [HUBBUB, "send", *peer(hub, by), "--conversation", str(hub.conversation("ops")), text]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=40, check=False)


def peer(hub: HubProcess, name: str) -> tuple[str, ...]:
    return ("--url", hub.ready.ws, "--token", hub.token(name))


def test_tail_prints_a_line_for_what_send_commits(hub: HubProcess) -> None:
    command = [HUBBUB, "tail", *peer(hub, "bob"), "--conversation", str(hub.conversation("ops"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        first = _until_heard(hub, tail)
        assert first.endswith(" alice: are you there?\n")
        result = send(hub, "-", stdin="deux\nlignes\n")
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        while "deux" not in (line := tail.stdout.readline()):
            assert line
        assert line.endswith(" alice: deux\\nlignes\n")
        tail.send_signal(signal.SIGINT)
        assert tail.wait(20) == 130
        assert tail.stderr is not None
        assert tail.stderr.read() == ""


def test_a_reader_who_leaves_ends_tail_quietly(hub: HubProcess) -> None:
    command = [HUBBUB, "tail", *peer(hub, "bob")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        _until_heard(hub, tail)
        tail.stdout.close()
        send(hub, "one more")
        assert tail.wait(20) == 0
        assert tail.stderr is not None
        assert tail.stderr.read() == ""


def test_send_says_why_nothing_was_committed(hub: HubProcess) -> None:
    for result in (send(hub, "hi", by="carol"), send(hub, ""), send(hub, "x" * 10_001)):
        assert result.returncode == 1
        assert result.stdout == ""
        assert result.stderr.startswith("hubbub send: ")
        assert result.stderr.count("\n") == 1


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_serve_prints_the_ready_line_and_the_demo_once(tmp_path: Path) -> None:
    first = _make_serve(tmp_path)
    credentials = json.loads(first[0])
    assert set(credentials["users"]) == {"alice", "bob"}
    assert (len(credentials["bots"]), len(credentials["conversations"])) == (1, 1)
    assert READY.fullmatch(first[1])
    second = _make_serve(tmp_path)
    assert [bool(READY.fullmatch(line)) for line in second] == [True]


def _until_heard(hub: HubProcess, tail: subprocess.Popen[str]) -> str:
    """Send until `tail`, which takes its time to start, has printed the first line."""
    assert tail.stdout is not None
    while True:
        assert send(hub, "are you there?").returncode == 0
        if select.select([tail.stdout], [], [], 0.5)[0]:
            return tail.stdout.readline()


def _make_serve(data: Path) -> list[str]:
    """Run `make serve` until it is ready, end it with SIGTERM, and return what it printed."""
    command = ["make", "--no-print-directory", "serve", f"SERVE=--data {data / 'var'} {FREE_PORTS}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as make:
        assert make.stdout is not None
        lines = []
        for line in make.stdout:
            lines.append(line)
            if (ready := READY.fullmatch(line)) is not None:
                os.kill(int(ready["pid"]), signal.SIGTERM)
        assert make.wait(20) == 0
    return lines
