import pytest

from loadtest.exposition import Metrics, parse
from loadtest.recorder import Percentiles
from loadtest.split import WAY, split

LAG = Percentiles(10, 0.0, 0.0, 0.0, 0.0, 0.0, mean=0.5)
LATENCY = Percentiles(10, 0.0, 0.0, 0.0, 0.0, 0.0, mean=20.0)


def hub(publishes: int = 10, **stages: float) -> Metrics:
    """What a hub shows whose every publish took so many seconds in each stage."""
    lines = []
    for stage, seconds in {**dict.fromkeys(WAY, 0.0), **stages, "total": sum(stages.values())}.items():
        name, labels = "hubbub_publish_duration_seconds", f'stage="{stage}"'
        lines += [f'{name}_bucket{{{labels},le="{bound}"}} {publishes}' for bound in ("0.5", "+Inf")]
        lines.append(f"{name}_sum{{{labels}}} {publishes * seconds}")
    return parse("\n".join(lines))


NOTHING = hub(publishes=0)


def test_the_parts_add_up_to_the_latency() -> None:
    after = hub(receive=0.0005, conversation=0.0003, commit=0.012, fanout=0.002, socket=0.001)
    found = split(NOTHING, after, LATENCY, LAG)
    assert found is not None
    assert found.way == pytest.approx(
        {"send": 0.5, "receive": 0.5, "conversation": 0.3, "commit": 12, "fanout": 2, "socket": 1, "outside": 3.7}
    )
    assert sum(found.way.values()) == pytest.approx(LATENCY.mean)


def test_a_slow_disk_shows_in_the_commit_and_nowhere_else() -> None:
    quick = split(NOTHING, hub(commit=0.002, fanout=0.001), LATENCY, LAG)
    slow = split(NOTHING, hub(commit=0.017, fanout=0.001), LATENCY, LAG)
    assert quick is not None
    assert slow is not None
    assert slow.stages["commit"].mean_ms - quick.stages["commit"].mean_ms == pytest.approx(15.0)
    assert slow.stages["fanout"] == quick.stages["fanout"]


def test_a_hub_that_tells_nothing_is_not_split() -> None:
    assert split({}, {}, LATENCY, LAG) is None
