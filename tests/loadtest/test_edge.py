"""A hub's posts are set beside those of a server that does nothing, in one run."""

import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from loadtest import edge
from tests.loadtest.test_report import GOOD

ROOT = Path(__file__).parents[2]
FAKE = f"{sys.executable} {Path(__file__).with_name('fake_hub.py')}"


def test_both_are_measured_in_one_run() -> None:
    brief = ("--rounds", "1", "--seconds", "0.3", "--rate", "50", "--members", "2")
    run = subprocess.run(
        [sys.executable, "-m", "loadtest", "edge", *brief, "--hub", FAKE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode in (0, 3), run.stderr  # 3: a busy machine may keep the generator from keeping up
    assert run.returncode == 3 or run.stdout.startswith("ok: 2 scenarios, everything delivered\n")
    assert "quart-trio no-op → bots over REST, 2 members, 50/s" in run.stdout


def test_the_aim_is_on_the_ratio_of_processor_times() -> None:
    noops = [replace(GOOD, name="no-op", hub_us_per_publish=took) for took in (500.0, 520.0, 480.0)]
    cheap = [replace(GOOD, name="cheap", hub_us_per_publish=took) for took in (700.0, 740.0, 720.0)]
    dear = [replace(GOOD, name="dear", hub_us_per_publish=took) for took in (800.0, 780.0, 900.0)]
    told = list(edge.lines(noops, [cheap, dear]))
    assert [line.strip() for line in told if "aim" in line] == [
        "aim met: × 1.44, wanted ≤ 1.5",
        "aim missed: × 1.60, wanted ≤ 1.5",
    ]
