"""The one table: a line for each contestant at each work, medians over the rounds with their spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from loadtest.contest.hub import NAME as HUB
from loadtest.contest.ledger import Row, Trial, all_marks, figure, find, ratio

NOTHING: Final = "–"


class Column(NamedTuple):
    """A figure, how it is written, and whether its spread is worth a place."""

    title: str
    of: Callable[[Trial], float | None]
    digits: int
    spread: bool = False


US: Final = Column("µs/delivery", lambda trial: trial.result.hub_us_per_delivery, 1, spread=True)
COLUMNS: Final = (
    Column("µs/publish", lambda trial: trial.result.hub_us_per_publish, 0),
    Column("p50 ms", lambda trial: trial.result.latency.p50, 1),
    Column("p99 ms", lambda trial: trial.result.latency.p99, 1, spread=True),
    Column("acked/s", lambda trial: trial.result.acked_per_s, 0, spread=True),
    Column("deliveries/s", lambda trial: trial.result.deliveries_per_s, 0),
    Column("KB/conn", lambda trial: _kilobytes(trial.bytes_per_connection), 0),
)


def table(rows: Sequence[Row], works: Mapping[str, str], stores: Mapping[str, str]) -> str:
    """Return the table in Markdown, with a line below for each thing that is off.

    `works` and `stores` tell, by name, what a work is and what a contestant keeps. The hub's row of a work is what its
    ratios are to, wherever it stands.
    """
    notes: list[str] = []
    titles = ["work", "contestant", US.title, "× hub", *(column.title for column in COLUMNS), "stores"]
    lines = [titles, ["---", "---", *["--:"] * (len(titles) - 3), "---"]]
    for row in sorted(rows, key=lambda row: list(works).index(row.work)):
        off = all_marks(row)
        number = f" [{len(notes) + 1}]" if off else ""
        if off:
            notes.append(f"[{len(notes) + 1}] {works[row.work]}, {row.contestant}: {'; '.join(off)}")
        base = find(rows, row.work, HUB)
        figures = [_text(row, US), _ratio(row, base), *(_text(row, column) for column in COLUMNS)]
        lines.append([works[row.work], f"{row.contestant}{number}", *figures, stores[row.contestant]])
    return "\n".join([*_aligned(lines), *notes])


def _text(row: Row, column: Column) -> str:
    found = figure(row, column.of)
    if found is None:
        return NOTHING
    text = f"{found.median:,.{column.digits}f}"
    if not column.spread or len(row.trials) == 1:
        return text
    return f"{text} ({found.low:,.{column.digits}f}…{found.high:,.{column.digits}f})"


def _ratio(row: Row, base: Row | None) -> str:
    found = ratio(row, base, US.of)
    return NOTHING if found is None else f"{found:.2f}"


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = lines[1]
    return [
        "| " + " | ".join(_cell(text, width, mark) for text, width, mark in zip(line, widths, rule, strict=True)) + " |"
        for line in lines
    ]


def _cell(text: str, width: int, mark: str) -> str:
    if text in ("---", "--:"):
        return text[:2] + "-" * (width - 3) + text[2:]
    return text.rjust(width) if mark.endswith(":") else text.ljust(width)


def _kilobytes(size: float | None) -> float | None:
    return None if size is None else size / 1024
