"""The work that all contestants are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from loadtest.errors import UsageError
from loadtest.nearest import nearest

GROWTH: Final = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Rates that grow by a quarter each, up to the last at which acknowledgements still come in time."""

    lowest: float
    highest: float
    p99_ms: float

    def rates(self) -> Iterator[float]:
        """Return the rates, ascending."""
        rate = self.lowest
        while rate <= self.highest:
            yield round(rate)
            rate *= GROWTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """`rate_per_s` messages a second in all, in rooms of `sizes`, `senders` of which speak in each.

    With a `ladder` the rate is what is looked for.
    """

    name: str
    about: str
    sizes: tuple[int, ...]
    senders: int
    rate_per_s: float = 0.0
    ladder: Ladder | None = None

    @property
    def members(self) -> int:
        """The sessions of the largest room."""
        return max(self.sizes)


WORKS: Final = (
    Work(name="fanout", about="fan-out 500 × 40/s", sizes=(500,), senders=50, rate_per_s=40),
    Work(name="busy", about="fan-out 100 × 1,000/s", sizes=(100,), senders=50, rate_per_s=1_000),
    Work(name="steady", about="fan-out 100 × 300/s", sizes=(100,), senders=50, rate_per_s=300),
    Work(
        name="room",
        about="one room of 5, highest rate",
        sizes=(5,),
        senders=5,
        ladder=Ladder(lowest=1_000, highest=40_000, p99_ms=50),
    ),
    Work(
        name="publishes",
        about="200 users in 100 rooms, highest rate",
        sizes=(2,) * 100,
        senders=2,
        ladder=Ladder(lowest=1_000, highest=40_000, p99_ms=100),
    ),
)


def choose(names: Sequence[str], *, quick: bool = False) -> list[Work]:
    """Return the works of these names, all when there are none; `quick`: so small that nothing comes of it.

    Raises UsageError for a name that there is not.
    """
    known = {work.name: work for work in WORKS}
    for name in names:
        if name not in known:
            raise UsageError(f"no work {name}; the nearest one is {nearest(name, known)}")
    chosen = [work for work in WORKS if not names or work.name in names]
    return [_small(work) for work in chosen] if quick else chosen


def _small(work: Work) -> Work:
    sizes = tuple(min(size, 5) for size in work.sizes[:5])
    ladder = work.ladder and replace(work.ladder, lowest=40, highest=50)
    return replace(
        work,
        about=f"{work.about}, in small",
        sizes=sizes,
        senders=min(work.senders, 5),
        rate_per_s=min(work.rate_per_s, 40),
        ladder=ladder,
    )
