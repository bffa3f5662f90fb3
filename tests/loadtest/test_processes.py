"""Loads made by several processes, and what becomes of them when one is ended, stopped or starved."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from loadtest.machine import children

ROOT = Path(__file__).parents[2]
FAKE = f"{sys.executable} {Path(__file__).with_name('fake_hub.py')}"
PATIENCE_S = 30.0


def changed(**keys: object) -> list[str]:
    return [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]


@contextmanager
def hubbub_load(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-m", "loadtest", "run", *arguments]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            yield run
        finally:
            run.kill()


def is_hub(pid: int) -> bool:
    return b"fake_hub.py" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1]


def workers(run: subprocess.Popen[str]) -> list[int]:
    """Return the processes of the generator beside its leader, as soon as they are there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and run.poll() is None:
        found = [pid for pid in children(run.pid) if b"-m\0loadtest" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        if found and len(children(run.pid)) > 1:
            return found
        time.sleep(0.01)
    pytest.fail("no worker")


def measuring(run: subprocess.Popen[str]) -> None:
    """Return when a second of the measured phase is over."""
    assert run.stderr is not None
    assert "sent" in run.stderr.readline()


def gone(pid: int) -> bool:
    return (
        not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    )


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def starve(pid: int, run: subprocess.Popen[str]) -> None:
    """Let a process have half of the time, in turns of 30 ms, until the run is over."""
    with suppress(ProcessLookupError):  # a worker is gone before its leader
        while run.poll() is None:
            for turn in (signal.SIGSTOP, signal.SIGCONT):
                os.kill(pid, turn)
                time.sleep(0.03)


TALK = ["fanout", *changed(members=9, senders=9, rate_per_s=200, seconds=0.5, warm_up_s=0.1), "--hub", FAKE]
ASKING = ["run", "bots", *changed(client="asks")]


@pytest.mark.parametrize("processes", [2, 3])
def test_what_several_processes_say_reaches_the_sessions_of_all(tmp_path: Path, processes: int) -> None:
    target = tmp_path / "a.json"
    with hubbub_load(*TALK, "--processes", str(processes), "--json", str(target)) as run:
        output, errors = run.communicate(timeout=PATIENCE_S)
    assert run.returncode in (0, 3), errors  # 3: a busy machine may keep the generator from keeping up
    assert f"generator     {processes} processes" in output
    (result,) = json.loads(target.read_text())["runs"]
    assert result["problems"] == []
    assert result["published"] == 120
    assert result["delivered"] == result["expected"] == 9 * 120
    assert (result["acks"]["count"], result["latency"]["count"]) == (100, 900)
    assert [worker["lag"]["count"] > 0 for worker in result["workers"]] == [True] * processes


def test_bots_post_from_several_processes(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    load = changed(members=5, bots=5, rate_per_s=100, seconds=0.3, warm_up_s=0.1, aims="{}", processes=2)
    with hubbub_load("bots", *load, "--quiet", "--hub", FAKE, "--json", str(target)) as run:
        _, errors = run.communicate(timeout=PATIENCE_S)
    assert run.returncode in (0, 3), errors
    (result,) = json.loads(target.read_text())["runs"]
    assert (result["published"], result["delivered"], result["problems"]) == (40, 200, [])


def test_a_process_that_is_killed_ends_the_run_with_its_code() -> None:
    with hubbub_load(*TALK, *changed(seconds=60), "--processes", "2") as run:
        measuring(run)
        os.kill(workers(run)[0], signal.SIGKILL)
        output, errors = run.communicate(timeout=PATIENCE_S)
    assert (run.returncode, output) == (1, "")
    assert errors.splitlines()[-1] == "FAILED: process 2 of the generator ended with -9"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(how: signal.Signals) -> None:
    with hubbub_load(*TALK, *changed(seconds=60), "--processes", "3") as run:
        measuring(run)
        everybody = children(run.pid)
        run.send_signal(how)
        output, errors = run.communicate(timeout=PATIENCE_S)
    assert (run.returncode, output) == (130, "")
    assert "Traceback" not in errors
    assert len(everybody) == 3
    until(lambda: all(gone(pid) for pid in everybody))


def test_processes_whose_leader_is_gone_end_by_themselves() -> None:
    with hubbub_load(*TALK, *changed(seconds=60), "--processes", "2") as run:
        worker, hub = workers(run)[0], [pid for pid in children(run.pid) if is_hub(pid)]
        run.kill()
        until(lambda: gone(worker))
        for pid in hub:
            os.kill(pid, signal.SIGTERM)


def test_a_starved_generator_is_refused_as_saturated_in_the_first_line() -> None:
    with hubbub_load(*TALK, "--quiet") as run:
        starve(run.pid, run)
        output, _ = run.communicate()
    assert run.returncode == 3
    assert output.splitlines()[0] == "GENERATOR SATURATED: fanout"
    assert "of its sends were" in output


def test_one_starved_process_of_several_is_enough() -> None:
    with hubbub_load(*TALK, "--quiet", "--processes", "2") as run:
        starve(workers(run)[0], run)
        output, _ = run.communicate()
    assert run.returncode == 3
    assert output.splitlines()[0] == "GENERATOR SATURATED: fanout"
    assert "process 2: " in output


@pytest.mark.skipif(importlib.util.find_spec("asks") is None, reason="asks is not installed: make asks")
def test_bots_that_use_asks_are_heard_by_everybody(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    load = changed(client="asks", bots=10, members=10, seconds=1, warm_up_s=0.2, aims="{}")
    with hubbub_load("bots", *load, "--quiet", "--json", str(target)) as run:
        _, errors = run.communicate(timeout=PATIENCE_S)
    assert run.returncode in (0, 3), errors
    (result,) = json.loads(target.read_text())["runs"]
    assert (result["published"], result["delivered"], result["problems"]) == (120, 1_200, [])
    assert (result["acks"]["count"], result["latency"]["count"]) == (100, 1_000)


def test_asks_is_asked_for_where_it_is_missing() -> None:
    without = f"import sys; sys.modules['asks'] = None; from loadtest.__main__ import main; sys.exit(main({ASKING}))"
    program = [sys.executable, "-c", without]
    run = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "asks is not installed; `make asks`" in run.stderr


def test_asks_needs_a_process_beside_the_one_that_listens() -> None:
    with hubbub_load("bots", *changed(client="asks"), "--processes", "1") as run:
        _, errors = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 2
    assert "processes: with client" in errors
