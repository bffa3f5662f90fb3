"""What a scenario found out."""

from __future__ import annotations

from msgspec import Struct

from loadtest.figures import SceneFigures
from loadtest.readings import Point
from loadtest.recorder import Percentiles
from loadtest.split import Split
from loadtest.verdict import Verdict, judge, saturation

NOTHING = Percentiles(0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Aim(Struct, frozen=True, kw_only=True):
    """What a figure ought to be: at most (or, with `at_least`, at least) `value`."""

    value: float
    at_least: bool = False

    def met_by(self, measured: float) -> bool:
        """Whether the figure is as good as it ought to be."""
        return measured >= self.value if self.at_least else measured <= self.value


class Worker(Struct, frozen=True, kw_only=True):
    """How one process of the generator fared. `core_share` is what all that run on its core took of that."""

    core: int
    core_share: float
    lag: Percentiles
    turns: Percentiles

    @property
    def saturated(self) -> str | None:
        """Why it could not keep up; None when it could."""
        return saturation(self.core_share, self.lag, self.turns)


class LoadResult(Struct, frozen=True, kw_only=True, tag_field="kind", tag="load"):
    """An open-loop load on rooms. Rates, shares and latencies are of the measured phase, counts of the whole run.

    `lag` is how late the generator sent; `latency` (to each listener) and `acks` (to the sender) both count from the
    due time, so that they include it. `others_cpu_share` is what other processes took of the hub's core: where it is
    much, latencies are theirs as well. `turns` is how long a turn of the generator's loop took, `hub_bytes` the most
    that the hub held in RAM, `split` where the time went (None: the hub does not tell), `curve` and `ack_curve` are
    `(share, milliseconds)`, `points` the measured phase second by second. `workers` are the generator's processes where
    it has several: `generator_cpu_share` is that of their busiest core, and one that could not keep up spoils the run.
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
    turns: Percentiles = NOTHING
    hub_user_share: float = 0.0
    hub_system_share: float = 0.0
    hub_bytes: int = 0
    split: Split | None = None
    curve: list[tuple[float, float]] = []
    ack_curve: list[tuple[float, float]] = []
    points: list[Point] = []
    workers: list[Worker] = []
    scene: SceneFigures | None = None
    problems: list[str] = []
    aims: dict[str, Aim] = {}

    @property
    def saturated(self) -> str | None:
        """Why the generator could not keep up; None when it could."""
        if not self.workers:
            return saturation(self.generator_cpu_share, self.lag, self.turns)
        reasons = {number: worker.saturated for number, worker in enumerate(self.workers, 1)}
        return "; ".join(f"process {number}: {reason}" for number, reason in reasons.items() if reason) or None

    @property
    def verdict(self) -> Verdict:
        """What to make of it."""
        return judge(self.saturated, self.problems)


class IdleResult(Struct, frozen=True, kw_only=True, tag_field="kind", tag="idle"):
    """What sessions cost that are signed in and say nothing: memory for each, processor time for all.

    `acks` and `up` are how long a publish and a `GET /up` took meanwhile.
    """

    name: str
    sessions: int
    base_bytes: int
    bytes_per_session: float
    sign_ins_per_s: float
    hub_ms_per_sign_in: float
    hub_cpu_share: float
    acks: Percentiles = NOTHING
    up: Percentiles = NOTHING
    problems: list[str] = []
    aims: dict[str, Aim] = {}

    @property
    def saturated(self) -> str | None:
        """Idle sessions ask nothing of the generator."""
        return None

    @property
    def verdict(self) -> Verdict:
        """What to make of it."""
        return judge(None, self.problems)


Result = LoadResult | IdleResult
