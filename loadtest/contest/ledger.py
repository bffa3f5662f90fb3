"""What the trials of a contest found, and what is off: a figure is worth nothing where the counts do not agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final, NamedTuple

from msgspec import Struct

from loadtest.results import LoadResult

KEEPS_UP: Final = 0.95  # of the rate that is offered, acknowledged while it is offered
ALONE: Final = 0.1  # of the server's core, taken by others: more than that shows in its latencies


class Trial(Struct, frozen=True, kw_only=True):
    """One contestant at one work, once. `began` is when, in UTC.

    `sent` is how many publishes there were, in all runs of the load; `stored` how many of them the server had kept at
    the end (None: it keeps none, or does not tell). Where the highest rate was looked for, `result` is that of the
    highest one borne, and `capped` tells why that is not the server's own limit (None: it is).
    """

    began: str
    result: LoadResult
    sent: int
    stored: int | None
    durable: bool
    bytes_per_connection: float | None
    capped: str | None = None


class Row(Struct, frozen=True, kw_only=True):
    """All trials of one contestant at one work, in the order of the rounds."""

    work: str
    contestant: str
    trials: list[Trial]


class Figure(NamedTuple):
    """The median over the trials, with the lowest and the highest."""

    median: float
    low: float
    high: float


def marks(trial: Trial) -> list[str]:
    """Return what a reader must know of a trial: why its figures mean nothing, what is wrong, what is in doubt."""
    result = trial.result
    found = [f"GENERATOR SATURATED: {result.saturated}"] if result.saturated else []
    found += faults(trial)
    if trial.capped:
        found.append(f"may bear more: {trial.capped}")
    if result.others_cpu_share > ALONE:
        found.append(f"other processes took {result.others_cpu_share:.0%} of its core")
    return found


def faults(trial: Trial) -> list[str]:
    """Return what the server did wrong: what was lost, refused, not kept, or acknowledged too slowly."""
    found = list(trial.result.problems)
    if trial.durable and trial.stored is None:
        found.append("its rows could not be counted")
    elif trial.durable and trial.stored != trial.sent:
        found.append(f"{trial.stored:,} rows of {trial.sent:,} messages")
    share = trial.result.acked_per_s / trial.result.rate_per_s
    if share < KEEPS_UP:
        found.append(f"acknowledged {share:.0%} of the rate in time")
    return found


def holds(result: LoadResult, p99_ms: float) -> bool:
    """Whether a rate was borne: everything delivered, nothing refused, acknowledged in time."""
    return (
        not result.problems
        and result.saturated is None
        and result.acked_per_s >= KEEPS_UP * result.rate_per_s
        and result.acks.p99 <= p99_ms
    )


def figure(row: Row, of: Callable[[Trial], float | None]) -> Figure | None:
    """Return a figure of a row; None when no trial has it."""
    values = [value for trial in row.trials if (value := of(trial)) is not None]
    return Figure(median(values), min(values), max(values)) if values else None


def all_marks(row: Row) -> list[str]:
    """Return what is off in any of the trials, each thing once, in the order it came."""
    return list(dict.fromkeys(mark for trial in row.trials for mark in marks(trial)))


def ratio(row: Row, base: Row | None, of: Callable[[Trial], float | None]) -> float | None:
    """Return the median over the rounds of this row's figure by that of `base` in the same round, if there is one."""
    if base is None:
        return None
    pairs = [(of(mine), of(other)) for mine, other in zip(row.trials, base.trials, strict=False)]
    values = [mine / other for mine, other in pairs if mine is not None and other]
    return median(values) if values else None


def find(rows: Sequence[Row], work: str, contestant: str) -> Row | None:
    """Return a row; None when there is none."""
    return next((row for row in rows if (row.work, row.contestant) == (work, contestant)), None)
