"""`hubbub-load run` and `compare`, against a hub that tells nothing of itself and against the real one."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAKE = f"{sys.executable} {Path(__file__).with_name('fake_hub.py')}"
SMALL = (
    "--set",
    "members=5",
    "--set",
    "senders=5",
    "--set",
    "seconds=0.3",
    "--set",
    "warm_up_s=0.1",
    "--set",
    "aims={}",
)


def hubbub_load(*arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loadtest", *arguments],
        cwd=ROOT,
        env={**os.environ, "FAKE_HUB": fault},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_runs_are_kept_appended_to_and_compared(tmp_path: Path) -> None:
    target = str(tmp_path / "a.json")
    for more in (("--repeat", "2"), ("--append",)):
        run = hubbub_load("run", "fanout", *SMALL, "--hub", FAKE, "--json", target, *more)
        assert run.returncode in (0, 3), run.stderr  # 3: a busy machine may keep the generator from keeping up
    found = json.loads(Path(target).read_text())
    assert (found["name"], found["scenario"]["members"], len(found["runs"])) == ("fanout", 5, 3)
    for result in found["runs"]:
        assert result["delivered"] == result["expected"] == 5 * 16
        assert result["latency"]["count"] == 5 * 12
        assert result["split"] is None
        assert result["turns"]["count"] > 0
        assert result["hub_bytes"] > 2**20
    compared = hubbub_load("compare", target, target)
    assert compared.returncode in (0, 3)
    assert compared.returncode == 3 or "no clear difference" in compared.stdout


def test_a_report_is_written_beside_the_results(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    hubbub_load("run", "fanout", *SMALL, "--quiet", "--hub", FAKE, "--json", str(target))
    assert hubbub_load("report", str(target)).returncode in (0, 3)
    assert "<svg" in target.with_suffix(".html").read_text()


def test_what_was_lost_fails_the_run() -> None:
    run = hubbub_load("run", "fanout", *SMALL, "--quiet", "--hub", FAKE, fault="lose")
    assert (run.returncode, run.stdout.splitlines()[0]) in ((1, "FAILED: fanout"), (3, "GENERATOR SATURATED: fanout"))


def test_an_unknown_key_of_a_file_is_refused_by_name(tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    target.write_text('kind = "talk"\nrate_per_s = 1\nmembres = 5\n')
    run = hubbub_load("run", str(target))
    assert run.returncode == 2
    assert run.stderr == "hubbub-load: mine: membres: unknown key; the nearest one is members\n"


def test_the_real_hub_splits_its_latency(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    run = hubbub_load(
        "run", "direct", "--set", "seconds=0.5", "--set", "rooms=5", "--set", "rate_per_s=100", "--json", str(target)
    )
    assert run.returncode in (0, 3), run.stdout + run.stderr
    (result,) = json.loads(target.read_text())["runs"]
    assert result["delivered"] == result["expected"]
    split = result["split"]
    assert split["stages"]["commit"]["count"] > 0
    assert split["stages"]["total"]["mean_ms"] >= split["stages"]["commit"]["mean_ms"]
    assert "split         send" in run.stdout


def test_a_hub_whose_commits_are_delayed_is_slow_there_and_nowhere_else(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    delay = ("--set", "settings.debug_commit_delay_ms=50")
    run = hubbub_load("run", "quiet", "--set", "seconds=0.6", "--set", "warm_up_s=0.2", *delay, "--json", str(target))
    assert run.returncode in (0, 3), run.stdout + run.stderr
    (result,) = json.loads(target.read_text())["runs"]
    means = {name: stage["mean_ms"] for name, stage in result["split"]["stages"].items()}
    assert 50 < means["commit"] < result["latency"]["mean"]
    others = sum(means[stage] for stage in ("receive", "conversation", "fanout", "socket"))
    assert others + result["split"]["outside_ms"] + result["split"]["send_ms"] < 40


def test_scenarios_and_schema_are_shown() -> None:
    assert "fanout" in hubbub_load("scenarios").stdout
    assert hubbub_load("scenarios", "fanout").stdout.startswith("about = ")
    assert json.loads(hubbub_load("schema").stdout)["$ref"] == "#/$defs/ResultFile"


def test_a_sweep_shows_every_step_and_what_was_found() -> None:
    scope = ("--from", "20", "--to", "40", "--slo", "latency.p99<=5000", "--over", "members=2,3")
    run = hubbub_load("sweep", "fanout", "--set", "senders=2", *SMALL[4:], *scope, "--hub", FAKE)
    assert run.returncode in (0, 3), run.stderr
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("fanout")] == ["fanout members=2", "fanout members=3"]
    assert run.returncode == 3 or lines[3] == "highest: 40.0/s, which is all that was asked for (40/s)"
    assert run.returncode == 3 or [line.split() for line in lines[-2:]] == [
        ["40.0/s", "or", "more", "members=2"],
        ["40.0/s", "or", "more", "members=3"],
    ]


def test_a_sweep_over_what_does_not_exist_is_refused_before_its_first_run() -> None:
    scope = ("--from", "20", "--to", "40", "--slo", "latency.p99<=5000")
    for over, says in (("membres=2,3", "membres: unknown key"), ("members", "members: expected KEY=VALUE,VALUE")):
        run = hubbub_load("sweep", "fanout", *scope, "--over", "senders=1,2", "--over", over, "--hub", FAKE)
        assert (run.returncode, run.stdout) == (2, "")
        assert says in run.stderr


def test_results_are_kept_when_nobody_reads_the_output_to_its_end(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    program = [
        sys.executable,
        "-m",
        "loadtest",
        "run",
        "fanout",
        *SMALL,
        "--quiet",
        "--hub",
        FAKE,
        "--json",
        str(target),
    ]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == ""
    assert run.returncode in (0, 3)
    assert len(json.loads(target.read_text())["runs"]) == 1
