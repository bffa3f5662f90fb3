"""Whether a run means anything, and whether the hub did what it must."""

from __future__ import annotations

from enum import IntEnum

from loadtest.recorder import Percentiles

MAX_CPU_SHARE = 0.9
MAX_LAG_MS = 10.0


class Verdict(IntEnum):
    """The outcome of a run; its value is the exit code."""

    PASSED = 0
    FAILED = 1
    SATURATED = 3


def saturation(cpu_share: float, lag: Percentiles, turns: Percentiles) -> str | None:
    """Return why the generator's figures are its own and not the hub's; None when it kept up.

    `cpu_share` is the generator's use of its core, `lag` how late its sends were against their due times, `turns` how
    long a turn of its loop took: what arrived meanwhile was seen too late.
    """
    reasons = []
    if cpu_share > MAX_CPU_SHARE:
        reasons.append(f"it used {cpu_share:.0%} of its core")
    if lag.p99 > MAX_LAG_MS:
        idle = "" if cpu_share > MAX_CPU_SHARE / 2 else f" at {cpu_share:.0%} of its core: something else runs there"
        reasons.append(f"1% of its sends were {lag.p99:.1f} ms late or more{idle}")
    if turns.p99 > MAX_LAG_MS:
        reasons.append(f"1% of its turns took {turns.p99:.1f} ms or more")
    return " and ".join(reasons) or None


def judge(saturated: str | None, problems: list[str]) -> Verdict:
    """Return the verdict of one run: what a saturated generator saw proves nothing, not even a failure."""
    if saturated is not None:
        return Verdict.SATURATED
    return Verdict.FAILED if problems else Verdict.PASSED


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict of several runs together."""
    return max(verdicts, default=Verdict.PASSED)
