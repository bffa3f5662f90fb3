"""Results as text for people and as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import to_builtins

from loadtest.metrics import metric
from loadtest.recorder import Percentiles
from loadtest.results import IdleResult, LoadResult, Result
from loadtest.split import Split
from loadtest.verdict import Verdict


def headline(result: Result) -> str:
    """Return the first line: the name, and loudly what is wrong."""
    if result.saturated is not None:
        return f"{result.name}: GENERATOR SATURATED, the figures are its own: {result.saturated}"
    if result.problems:
        return f"{result.name}: FAILED: {'; '.join(result.problems)}"
    return f"{result.name}: ok"


def text(result: Result) -> str:
    """Return the whole report of one scenario."""
    lines = _load_lines(result) if isinstance(result, LoadResult) else _idle_lines(result)
    missed = [f"aim missed    {line}" for line in _missed(result)]
    return "\n".join([headline(result), *(f"  {line}" for line in (*lines, *missed))])


def data(result: Result) -> dict[str, Any]:
    """Return everything that was measured, as JSON can hold it."""
    return {**to_builtins(result), "verdict": result.verdict.name.lower(), "saturated": result.saturated}


def summary(results: Iterable[Result]) -> str:
    """Return the line before everything else: the worst of the verdicts, and of whom."""
    listed = list(results)
    for verdict, word in ((Verdict.SATURATED, "GENERATOR SATURATED"), (Verdict.FAILED, "FAILED")):
        names = [result.name for result in listed if result.verdict is verdict]
        if names:
            return f"{word}: {', '.join(names)}"
    return f"ok: {len(listed)} scenarios, everything delivered"


def _load_lines(result: LoadResult) -> list[str]:
    return [
        f"delivered     {result.delivered:,} of {result.expected:,}; {result.deliveries_per_s:,.0f}/s while measured",
        f"latency       {_spread(result.latency)}  (due time → each listener)",
        f"acknowledged  {result.acked_per_s:,.1f}/s of {result.rate_per_s:,.1f}/s  {_spread(result.acks)}",
        f"hub           {_hub(result)}",
        f"generator     {_generator(result)}; send lag {_spread(result.lag)}",
        *_split(result.split),
        *(result.scene.lines() if result.scene else ()),
    ]


def _split(split: Split | None) -> list[str]:
    """Return the ways of the latency, on average: each stage is a part of the whole."""
    if split is None:
        return []
    whole = " + ".join(f"{name} {mean_ms:.2f}" for name, mean_ms in split.way.items())
    transaction, loop = (split.stages[name].mean_ms for name in ("transaction", "loop"))
    commits = f"{split.changes_per_commit:.1f} changes a commit, whose transaction takes {transaction:.2f} ms"
    return [f"split         {whole} ms on average", f"              {commits}; loop {loop:.2f} ms late"]


def _idle_lines(result: IdleResult) -> list[str]:
    return [
        f"memory        {result.bytes_per_session / 1024:.1f} KB per session, over {result.base_bytes / 2**20:.0f} MB",
        f"sign-in       {result.sign_ins_per_s:,.0f}/s, {result.hub_ms_per_sign_in:.2f} ms of the hub's CPU each",
        f"hub           {result.hub_cpu_share:.1%} of its core while all are idle",
        f"answers       a publish {_spread(result.acks)}, GET /up {_spread(result.up)}",
    ]


def _hub(result: LoadResult) -> str:
    each = f"{result.hub_us_per_delivery:.2f} µs CPU per delivery, {result.hub_us_per_publish:.0f} µs per publish"
    share = f"{result.hub_cpu_share:.0%} of its core (system: {result.hub_system_share:.0%}"
    return f"{each}, {share}; others: {result.others_cpu_share:.0%}), {result.hub_bytes / 2**20:.0f} MB"


def _generator(result: LoadResult) -> str:
    share = f"{result.generator_cpu_share:.0%} of its core"
    cores = len({worker.core for worker in result.workers})
    return f"{len(result.workers)} processes, cores: {cores}, the busiest {share}" if cores else share


def _spread(value: Percentiles) -> str:
    return f"p50 {value.p50:.2f}  p99 {value.p99:.2f}  max {value.max:.2f} ms"


def _missed(result: Result) -> list[str]:
    return [
        f"{name} = {measured:,.2f}, wanted {'≥' if aim.at_least else '≤'} {aim.value:,.2f}"
        for name, aim in result.aims.items()
        if (measured := metric(name).of(result)) is not None and not aim.met_by(measured)
    ]
