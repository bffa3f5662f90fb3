"""A hub that holds idle sessions is asked whether it still answers, and what it answers counts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE = f"{sys.executable} {Path(__file__).with_name('fake_hub.py')}"
SMALL = ("--set", "sessions=2", "--set", "settle_s=0", "--set", "seconds=0.3", "--quiet")


def run(fault: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loadtest", "run", "idle", *SMALL, "--hub", FAKE],
        cwd=ROOT,
        env={**os.environ, "FAKE_HUB": fault},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_times_of_both_answers_are_told() -> None:
    told = run("").stdout
    assert "answers       a publish p50 " in told
    assert "GET /up p50 0.00" not in told


@pytest.mark.parametrize(
    ("fault", "says"), [("refuse", "2 publishes answered busy"), ("down", "6 GET /up answered HTTP 404")]
)
def test_a_hub_that_does_not_answer_well_fails(fault: str, says: str) -> None:
    failed = run(fault)
    assert failed.returncode == 1
    assert says in failed.stdout
