"""What the scenes of runs found out, beside the messages."""

from __future__ import annotations

from msgspec import Struct


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


SceneFigures = StormFigures
