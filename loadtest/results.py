"""What a scenario found out."""

from __future__ import annotations

from dataclasses import dataclass, field

from loadtest.recorder import Percentiles
from loadtest.verdict import Verdict, judge, saturation


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a figure ought to be: at most (or, with `at_least`, at least) `value`."""

    value: float
    at_least: bool = False

    def met_by(self, measured: float) -> bool:
        """Whether the figure is as good as it ought to be."""
        return measured >= self.value if self.at_least else measured <= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """An open-loop load on rooms. Rates, shares and latencies are of the measured phase, counts of the whole run.

    `lag` is how late the generator sent; `latency` (to each listener) and `acks` (to the sender) both count from the
    due time, so that they include it. `others_cpu_share` is what other processes took of the hub's core: where it is
    much, latencies are theirs as well.
    """

    name: str
    rooms: int
    members: int
    rate_per_s: float
    seconds: float
    expected: int
    delivered: int
    deliveries_per_s: float
    latency: Percentiles
    published: int
    acked_per_s: float
    acks: Percentiles
    hub_cpu_share: float
    others_cpu_share: float
    hub_us_per_delivery: float
    hub_us_per_publish: float
    generator_cpu_share: float
    lag: Percentiles
    problems: list[str] = field(default_factory=list)
    aims: dict[str, Aim] = field(default_factory=dict)

    @property
    def saturated(self) -> str | None:
        """Why the generator could not keep up; None when it could."""
        return saturation(self.generator_cpu_share, self.lag)

    @property
    def verdict(self) -> Verdict:
        """What to make of it."""
        return judge(self.saturated, self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleResult:
    """What sessions cost that are signed in and say nothing: memory for each, processor time for all."""

    name: str
    sessions: int
    base_bytes: int
    bytes_per_session: float
    sign_ins_per_s: float
    hub_ms_per_sign_in: float
    hub_cpu_share: float
    problems: list[str] = field(default_factory=list)
    aims: dict[str, Aim] = field(default_factory=dict)

    @property
    def saturated(self) -> str | None:
        """Idle sessions ask nothing of the generator."""
        return None

    @property
    def verdict(self) -> Verdict:
        """What to make of it."""
        return judge(None, self.problems)


Result = LoadResult | IdleResult
