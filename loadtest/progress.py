"""What is shown while a run is under way."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO

from loadtest.readings import Reading, rates
from loadtest.terms import Progress

BAR = 20


def line(readings: Sequence[Reading], seconds: float) -> str:
    """Return how far the measured phase is, and the rates between the last two readings."""
    passed = readings[-1].at - readings[0].at
    done = min(BAR, round(BAR * passed / seconds))
    now = rates(readings[-2], readings[-1])
    return (
        f"[{'#' * done:-<{BAR}}] {passed:3.0f}/{seconds:g} s  sent {now.sent:,.0f}/s  acknowledged {now.acks:,.0f}/s  "
        f"delivered {now.deliveries:,.0f}/s  hub {now.hub_cpu_s:.0%}, {readings[-1].hub_bytes / 2**20:.0f} MB  "
        f"generator {now.own_cpu_s:.0%}"
    )


def shown_on(stream: IO[str], seconds: float) -> Progress:
    """Return a progress that writes there: over its last line on a terminal, else a line each time."""
    begin, end = ("\r", "") if stream.isatty() else ("", "\n")

    def show(readings: Sequence[Reading]) -> None:
        stream.write(f"{begin}{line(readings, seconds)}{end}")
        stream.flush()

    return show


def to_stderr(seconds: float) -> Progress:
    """Return a progress on standard error, so that standard output holds nothing but results."""
    return shown_on(sys.stderr, seconds)
