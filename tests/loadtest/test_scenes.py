"""The promises of the hub, held under the harness' load: nothing is lost when it is killed, or members do not read.

The hub is real and its work is small; what the figures are is another matter.
"""

import json
from pathlib import Path
from typing import Any

from tests.loadtest.test_run import hubbub_load


def run(tmp_path: Path, scenario: str, **changes: object) -> dict[str, Any]:
    """Run a scenario at most a second or two long; whatever the machine was busy with, all must be delivered."""
    target = tmp_path / "a.json"
    sets = [part for key, value in changes.items() for part in ("--set", f"{key}={value}")]
    done = hubbub_load("run", scenario, "--quiet", *sets, "--set", "warm_up_s=0.2", "--json", str(target))
    assert done.returncode in (0, 3), done.stdout + done.stderr
    (result,) = json.loads(target.read_text())["runs"]
    assert result["problems"] == []
    assert result["delivered"] == result["expected"] > 0
    found: dict[str, Any] = result
    return found


def test_a_hub_that_is_killed_loses_nothing_and_all_come_back(tmp_path: Path) -> None:
    storm = {"clients": 40, "members": 10, "rate_per_s": 100, "kill_after_s": 0.3, "comeback": "at-once"}
    scene = run(tmp_path, "reconnect-storm", seconds=1, **storm)["scene"]
    assert scene["sessions"] == 40
    assert 0 < scene["start_s"] <= scene["median_s"] <= scene["back_s"]
    assert scene["attempts"] >= 40
    assert (scene["gaps"], scene["resets"]) == (0, 0)


def test_members_who_do_not_read_are_cut_catch_up_and_miss_nothing(tmp_path: Path) -> None:
    slow = {"members": 10, "slow_share": 0.2, "rate_per_s": 200, "body_bytes": 9_000, "stop_s": 1.4}
    # A session that is full for ten seconds less this is told so, and has this long to take it.
    hub = {"settings.outbox_bytes": 65_536, "settings.replay_events": 20, "settings.close_timeout_s": 9.5}
    result = run(tmp_path, "slow-consumers", seconds=1.2, stop_after_s=0.1, **slow, **hub)
    scene = result["scene"]
    assert (scene["sessions"], scene["too_slow"] + scene["cut"], scene["gaps"]) == (2, 2, 2)
    assert scene["paged"] > 0
    assert scene["peak_bytes"] >= scene["base_bytes"] > 0
    assert result["latency"]["count"] == 8 * 240


def test_a_day_with_everything_in_it_leaves_all_rooms_alike_to_all(tmp_path: Path) -> None:
    day = {"users": 30, "rooms": 5, "members": 10, "direct": 3, "bots": 2, "rate_per_s": 60, "bot_share": 0.2}
    deeds = {"edits_per_s": 20, "reactions_per_s": 20, "reads_per_s": 20, "typing_per_s": 20, "reconnects_per_s": 15}
    scene = run(tmp_path, "mixed", seconds=0.7, **day, **deeds)["scene"]
    assert all(scene["counts"].values()), scene
    assert set(scene["answers"]) == {"reads", "edits", "reactions"}


def test_every_message_calls_its_bot_once_and_every_reply_is_heard(tmp_path: Path) -> None:
    scene = run(tmp_path, "webhooks", seconds=0.5, bots=4, members=3, direct=1, rate_per_s=60, replies="true")["scene"]
    assert scene["calls"] == scene["replies"] == 60 * 0.7
    assert scene["latency"]["count"] == 30


def test_every_dashboard_is_shown_every_line(tmp_path: Path) -> None:
    result = run(tmp_path, "dashboards", seconds=0.5, members=10, rate_per_s=40)
    assert result["latency"]["count"] == 10 * 20
    assert result["acks"]["count"] == 20
