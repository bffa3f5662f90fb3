import pytest

from loadtest.exposition import Metrics, parse
from loadtest.recorder import Percentiles
from loadtest.split import split

LAG = Percentiles(10, 0.0, 0.0, 0.0, 0.0, 0.0, mean=0.5)
LATENCY = Percentiles(10, 0.0, 0.0, 0.0, 0.0, 0.0, mean=20.0)


def hub(*, commit_s: float, flush_s: float, publishes: int = 10) -> Metrics:
    """What a hub shows whose every publish took this long in each stage."""
    lines = []
    for stage, seconds in (("commit", commit_s), ("flush", flush_s), ("total", commit_s + flush_s)):
        name, labels = "hubbub_publish_duration_seconds", f'stage="{stage}"'
        lines += [f'{name}_bucket{{{labels},le="{bound}"}} {publishes}' for bound in ("0.5", "+Inf")]
        lines.append(f"{name}_sum{{{labels}}} {publishes * seconds}")
    return parse("\n".join(lines))


NOTHING = hub(commit_s=0.0, flush_s=0.0, publishes=0)


def test_the_parts_add_up_to_the_latency() -> None:
    found = split(NOTHING, hub(commit_s=0.012, flush_s=0.003), LATENCY, LAG)
    assert found is not None
    assert found.stages["commit"].mean_ms == pytest.approx(12.0)
    assert found.stages["flush"].mean_ms == pytest.approx(3.0)
    assert found.send_ms + found.stages["total"].mean_ms + found.outside_ms == pytest.approx(LATENCY.mean)


def test_a_slow_disk_shows_in_the_commit_and_nowhere_else() -> None:
    quick = split(NOTHING, hub(commit_s=0.002, flush_s=0.001), LATENCY, LAG)
    slow = split(NOTHING, hub(commit_s=0.017, flush_s=0.001), LATENCY, LAG)
    assert quick is not None
    assert slow is not None
    assert slow.stages["commit"].mean_ms - quick.stages["commit"].mean_ms == pytest.approx(15.0)
    assert slow.stages["flush"] == quick.stages["flush"]


def test_a_hub_that_tells_nothing_is_not_split() -> None:
    assert split({}, {}, LATENCY, LAG) is None
