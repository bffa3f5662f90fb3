"""The HTML report: it draws what was measured and needs nothing from elsewhere."""

import re
import xml.etree.ElementTree as ET

from msgspec.structs import replace

from loadtest.page import page
from loadtest.readings import Point
from loadtest.results import LoadResult
from loadtest.split import STAGES, Split, Stage
from loadtest.svg import bar, chart
from tests.loadtest.test_report import GOOD, IDLE
from tests.loadtest.test_result_file import FILE

STAGE = Stage(count=10, mean_ms=2.0, p50_ms=2.0, p99_ms=3.0)
SPLIT = Split(
    stages=dict.fromkeys(STAGES, STAGE),
    send_ms=0.1,
    outside_ms=-0.5,
    changes_per_commit=1.5,
)


def point(at_s: float) -> Point:
    return Point(
        at_s=at_s,
        sent_per_s=40,
        deliveries_per_s=20_000,
        acked_per_s=40,
        p50_ms=1.0,
        p99_ms=3.0,
        max_ms=9.0,
        hub_user_share=0.1,
        hub_system_share=0.1,
        hub_bytes=100,
        generator_cpu_share=0.2,
    )


CURVE = [(0.0, 0.5), (0.5, 1.0), (0.75, 2.0), (1.0, 9.0)]
FULL: LoadResult = replace(GOOD, curve=CURVE, ack_curve=CURVE, split=SPLIT, points=[point(1.0), point(2.0)])


def drawings(html: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]  # noqa: S314 - our own text


def test_every_plot_is_well_formed_and_has_drawn_paths() -> None:
    found = drawings(page(replace(FILE, runs=[FULL])))
    assert len(found) == 7
    for drawing in found:
        lines = [path.get("d", "") for path in drawing.iter("path") if path.get("class") != "grid"]
        assert lines
        assert all(line.startswith("M") for line in lines)


def test_a_saturated_generator_is_the_first_heading() -> None:
    html = page(replace(FILE, runs=[replace(FULL, generator_cpu_share=0.99)]))
    assert re.search(r"<h1>(.*?)</h1>", html)[1] == "fanout: GENERATOR SATURATED: fan-out"  # type: ignore[index]


def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = page(replace(FILE, runs=[FULL]))
    assert not re.search(r"<script|<link|src=|href=|https?://|url\(", html)


def test_configuration_and_machine_are_in_it_and_cannot_be_markup() -> None:
    html = page(replace(FILE, machine={"cpu": "<b>fast</b>"}, runs=[FULL]))
    assert "&lt;b&gt;fast&lt;/b&gt;" in html
    assert "rate_per_s" in html


def test_idle_sessions_have_text_and_no_plots() -> None:
    html = page(replace(FILE, runs=[IDLE]))
    assert drawings(html) == []
    assert "30.0 KB per session" in html


def test_a_chart_of_nothing_says_so() -> None:
    assert "nothing was recorded" in chart("Latency", {"a": []}, "ms", [])


def test_one_point_and_zeros_are_drawn_all_the_same() -> None:
    assert "nan" not in chart("Latency", {"a": [(1.0, 0.0)]}, "ms", [(1.0, "1 s")])


def test_a_part_below_zero_has_no_width() -> None:
    assert "h-0.0 z" in bar("Split", {"commit": 1.0, "outside": -0.5}, "ms")
