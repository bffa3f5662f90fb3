"""Results as one HTML file that needs nothing besides: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10
from typing import Any, Final

from loadtest import report
from loadtest.readings import Point
from loadtest.result_file import ResultFile
from loadtest.results import LoadResult, Result
from loadtest.split import Split
from loadtest.svg import Points, bar, chart

PERCENTILES: Final = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)
MAXIMUM: Final = 0.3  # how far beyond the last share the maximum is drawn: a share of 1 has no place on this scale
STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1320px; margin: 2rem auto; padding: 0 1rem; color: #1f2937 }
svg { width: 640px; max-width: 100%; font: 11px system-ui, sans-serif; fill: #374151 }
svg .title { font-weight: 600; font-size: 12px } svg .grid { stroke: #e5e7eb } svg .x { text-anchor: middle }
svg .y { text-anchor: end; dominant-baseline: middle }
pre { background: #f3f4f6; padding: 1rem; overflow-x: auto } th { text-align: left; padding-right: 2rem }
"""


def page(content: ResultFile) -> str:
    """Return the whole file. Its first heading is the verdict, as everywhere."""
    title = escape(f"{content.name}: {report.summary(content.runs)}")
    runs = "".join(_run(result, began) for result, began in zip(content.runs, content.began, strict=False))
    tables = (
        _table("Scenario", content.scenario) + _table("Setting", content.setting) + _table("Machine", content.machine)
    )
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"{head}<h1>{title}</h1>{runs}{tables}</html>\n"


def _run(result: Result, began: str) -> str:
    drawings = "".join(_drawings(result)) if isinstance(result, LoadResult) else ""
    return f"<h2>{escape(began)}</h2><pre>{escape(report.text(result))}</pre>{drawings}"


def _drawings(result: LoadResult) -> list[str]:
    curves = {"to each listener": _nines(result.curve), "to the sender": _nines(result.ack_curve)}
    ticks = [(_nine(share), f"{share * 100:g}%") for share in PERCENTILES]
    drawings = [chart("Latency by percentile; the end is the maximum", curves, "ms", ticks)]
    if result.split is not None:
        drawings.append(_split(result.split))
    return drawings + _series(result.points)


def _series(points: Sequence[Point]) -> list[str]:
    seconds = [(point.at_s, f"{point.at_s:.0f} s") for point in points[:: max(1, len(points) // 10)]]

    def over_time(title: str, unit: str, **lines: str) -> str:
        drawn = {name: [(point.at_s, getattr(point, field)) for point in points] for name, field in lines.items()}
        return chart(title, drawn, unit, seconds)

    memory = {"hub": [(point.at_s, point.hub_bytes / 2**20) for point in points]}
    return [
        over_time("Latency over time", "ms", p50="p50_ms", p99="p99_ms", max="max_ms"),
        over_time("Deliveries", "/s", delivered="deliveries_per_s"),
        over_time("Messages", "/s", sent="sent_per_s", acknowledged="acked_per_s"),
        over_time(
            "Processor", "cores", user="hub_user_share", system="hub_system_share", generator="generator_cpu_share"
        ),
        chart("Memory", memory, "MB", seconds),
    ]


def _split(split: Split) -> str:
    return bar("Where the mean latency goes", split.way, "ms")


def _nines(curve: Points) -> Points:
    """Return the curve over the number of nines, where equal steps are ten times rarer."""
    placed = [(_nine(share), value) for share, value in curve if share < 1]
    last = placed[-1][0] if placed else 0.0
    return placed + [(last + MAXIMUM, value) for share, value in curve if share >= 1]


def _nine(share: float) -> float:
    return -log10(1 - share)


def _table(title: str, content: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in content.items())
    return f"<h3>{title}</h3><table>{rows}</table>"
