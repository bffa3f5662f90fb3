"""What the scenes of runs found out, beside the messages."""

from __future__ import annotations

from msgspec import Struct

from loadtest.recorder import Percentiles


class StormFigures(Struct, frozen=True, kw_only=True, tag_field="kind", tag="storm"):
    """The hub was killed under `sessions`, and all came back. Times are in seconds from the kill.

    `start_s`: the hub accepts again; `median_s` and `back_s`: half of the sessions, and the last of them, are in and
    have what they missed. `attempts` are the connections that were tried; `gaps` and `resets` what the hub said it
    could not replay; `left` why connections ended, from the kill on.
    """

    sessions: int
    start_s: float
    median_s: float
    back_s: float
    attempts: int
    gaps: int
    resets: int
    left: dict[str, int]

    def lines(self) -> list[str]:
        """Return the report, a line each."""
        back = f"the hub after {self.start_s:.2f} s, half of the sessions after {self.median_s:.2f}"
        left = ", ".join(f"{count:,} × {reason}" for reason, count in self.left.items())
        return [
            f"killed        all {self.sessions:,} are back and caught up after {self.back_s:.2f} s; {back}",
            f"resumed       {self.attempts:,} connections tried; {self.gaps} gaps, {self.resets} resets; {left}",
        ]


class SlowFigures(Struct, frozen=True, kw_only=True, tag_field="kind", tag="slow"):
    """`sessions` did not read for a while.

    The hub held `base_bytes` before, and at most `peak_bytes` until they had caught up: `bytes_per_slow` is the growth
    for each. `too_slow` were told so with a close code, `cut` without one; they came back by their cursors. What the
    hub then left out and said so are `gaps`, the messages of which were `paged`. The last had caught up `caught_up_s`
    after they began to read again.
    """

    sessions: int
    base_bytes: int
    peak_bytes: int
    bytes_per_slow: float
    too_slow: int
    cut: int
    gaps: int
    paged: int
    caught_up_s: float

    def lines(self) -> list[str]:
        """Return the report, a line each."""
        growth = f"{self.bytes_per_slow / 1024:,.0f} KB of the hub's memory each, over {self.base_bytes / 2**20:.0f} MB"
        after = f"{self.gaps} gaps, {self.paged:,} messages paged; all caught up {self.caught_up_s:.2f} s later"
        return [
            f"unread        {self.sessions} slow sessions: {growth}",
            f"resumed       {self.too_slow} closed as too slow, {self.cut} cut; {after}",
        ]


class CallFigures(Struct, frozen=True, kw_only=True, tag_field="kind", tag="calls"):
    """Webhooks were called. `calls` are all of the run; the rest is of the messages due in the measured phase.

    `latency` is from when a message was due until the sink had its call. `hub_us_per_call` is all the processor time
    of the hub, that of the message and its listeners with it. `replies` were said in the rooms.
    """

    calls: int
    calls_per_s: float
    latency: Percentiles
    hub_us_per_call: float
    replies: int

    def lines(self) -> list[str]:
        """Return the report, a line each."""
        spread = f"p50 {self.latency.p50:.2f}  p99 {self.latency.p99:.2f}  max {self.latency.max:.2f} ms"
        each = f"{self.hub_us_per_call:,.0f} µs of the hub's CPU each, with the message and its listeners"
        return [
            f"webhooks      {self.calls:,} calls, {self.replies:,} replies; {self.calls_per_s:,.1f}/s; {each}",
            f"called        {spread}  (due time → sink)",
        ]


class DayFigures(Struct, frozen=True, kw_only=True, tag_field="kind", tag="day"):
    """A working day. `counts` are what was done besides the messages of people, by kind; `answers` those of them that
    are answered, from when they were due.
    """

    sessions: int
    counts: dict[str, int]
    answers: dict[str, Percentiles]
    gaps: int
    resets: int

    def lines(self) -> list[str]:
        """Return the report, a line each."""
        done = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items())
        answers = "; ".join(f"{kind} p50 {each.p50:.2f}  p99 {each.p99:.2f} ms" for kind, each in self.answers.items())
        return [
            f"besides       {self.sessions:,} sessions: {done}; {self.gaps} gaps, {self.resets} resets",
            f"answered      {answers}  (due time → ok)",
        ]


SceneFigures = StormFigures | SlowFigures | CallFigures | DayFigures
