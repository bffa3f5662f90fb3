"""The whole program against a hub that is right, and against hubs that are not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FAKE = f"{sys.executable} {Path(__file__).with_name('fake_hub.py')}"


def bench(*arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loadtest", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, "FAKE_HUB": fault},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def results(target: Path) -> dict[str, Any]:
    return {result["name"]: result for result in json.loads(target.read_text())["results"]}


def test_a_good_hub_passes_every_scenario(tmp_path: Path) -> None:
    target = tmp_path / "results.json"
    run = bench("--quick", "--seconds", "0.5", "--hub", FAKE, "--json", str(target))
    assert run.returncode in (0, 3), run.stderr  # 3: a busy machine may keep the generator from keeping up
    found = results(target)
    fan_out = found["fan-out 500 × 40/s, changed"]
    assert fan_out["delivered"] == fan_out["expected"] == 50 * 60
    assert fan_out["latency"]["count"] == 50 * 20
    assert found["one message on an idle hub, changed"]["latency"]["count"] == 10
    assert found["publishes, 200 users in 100 rooms, 5,100/s, changed"]["acks"]["count"] == 150
    bots = found["bots over REST, 50 × 510/s, changed"]
    assert bots["delivered"] == bots["expected"] == 50 * 75
    assert (bots["acks"]["count"], bots["latency"]["count"]) == (25, 50 * 25)
    idle = found["18,000 idle sessions, changed"]
    assert idle["bytes_per_session"] > 0
    assert (idle["acks"]["count"], idle["up"]["count"]) == (10, 10)


@pytest.mark.parametrize(
    ("scenario", "fault", "says"),
    [
        ("latency", "lose", "1 of 2 sessions did not get each message once"),
        ("latency", "refuse", "publishes answered busy"),
        ("bots", "lose", "1 of 2 sessions did not get each message once"),
        ("bots", "refuse", 'publishes answered HTTP 200 {"return_info": "slow down"}'),
    ],
)
def test_a_wrong_hub_fails_in_the_first_line(scenario: str, fault: str, says: str) -> None:
    load = ("--rate", "100", "--seconds", "0.2", "--recipients", "2", "--repeat", "1")
    run = bench(scenario, *load, "--hub", FAKE, fault=fault)
    # On a busy machine the generator may be saturated as well, and says that instead.
    assert (run.returncode, run.stdout.partition(":")[0]) in ((1, "FAILED"), (3, "GENERATOR SATURATED"))
    assert run.returncode == 3 or says in run.stdout


def test_a_hub_that_does_not_start_is_one_line_and_no_figures() -> None:
    run = bench("latency", "--hub", f"{sys.executable} -c print('hello')")
    assert run.returncode == 1
    assert "FAILED: no ready line" in run.stderr
    assert run.stdout == ""


def test_an_unknown_scenario_names_those_there_are() -> None:
    run = bench("fanuot")
    assert run.returncode == 1
    assert "there are fanout, room, publish, latency, bots, idle, storm" in run.stderr


@pytest.mark.parametrize("scenario", ["fanout", "bots"])
def test_the_real_hub_delivers_everything(tmp_path: Path, scenario: str) -> None:
    target = tmp_path / "results.json"
    run = bench(scenario, "--quick", "--seconds", "0.5", "--recipients", "20", "--json", str(target))
    assert run.returncode in (0, 3), run.stdout + run.stderr
    for result in results(target).values():
        assert result["delivered"] == result["expected"]
        assert result["problems"] == []


def test_the_generators_own_ceiling_is_measured() -> None:
    arguments = [sys.executable, "-m", "loadtest", "capacity", "--seconds", "0.1"]
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "8"]
    assert "frames per second of CPU" in lines[0]
    assert run.stderr == ""
