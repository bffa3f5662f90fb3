import pytest
from msgspec.structs import replace

from loadtest.contest.trial import climb
from loadtest.contest.works import WORKS, Ladder, choose
from loadtest.errors import UsageError
from loadtest.results import LoadResult
from tests.loadtest.test_report import GOOD

LADDER = Ladder(lowest=100, highest=200, p99_ms=50)


class Server:
    """Bears so many messages a second, but for hiccups: rates that it fails at once."""

    def __init__(self, bears: float, hiccups: tuple[float, ...] = ()) -> None:
        self.bears = bears
        self.hiccups = list(hiccups)
        self.tried: list[float] = []

    def run(self, rate: float) -> LoadResult:
        self.tried.append(rate)
        failed = rate > self.bears
        if rate in self.hiccups:
            self.hiccups.remove(rate)
            failed = True
        return replace(GOOD, rate_per_s=rate, acked_per_s=rate, problems=["lost"] if failed else [])


def test_a_ladder_grows_by_a_quarter_up_to_its_end() -> None:
    assert list(LADDER.rates()) == [100, 125, 156, 195]


def test_the_highest_rate_that_was_borne_counts() -> None:
    server = Server(bears=130)
    assert climb(LADDER, server.run).best.rate_per_s == 125
    assert server.tried == [100, 125, 156, 156]


def test_one_hiccup_is_not_the_end_of_the_ladder() -> None:
    assert climb(LADDER, Server(bears=1_000, hiccups=(100, 156)).run).best.rate_per_s == 195


def test_who_does_not_bear_the_lowest_rate_shows_what_became_of_it() -> None:
    found = climb(LADDER, Server(bears=50).run).best
    assert (found.rate_per_s, found.problems) == (100, ["lost"])


def test_a_limit_is_the_servers_own_only_where_it_is_the_server_that_failed() -> None:
    assert climb(LADDER, Server(bears=130).run).capped is None
    assert climb(LADDER, Server(bears=1_000).run).capped == "no higher rate was tried"


def test_a_generator_that_is_saturated_above_says_nothing_about_the_server() -> None:
    def run(rate: float) -> LoadResult:
        return replace(GOOD, rate_per_s=rate, acked_per_s=rate, generator_cpu_share=0.99 if rate > 130 else 0.3)

    best, capped = climb(LADDER, run)
    assert best.rate_per_s == 125
    assert capped == "the generator was saturated at 156/s: it used 99% of its core"


def test_works_are_chosen_by_name_in_the_order_of_the_table() -> None:
    assert choose([]) == list(WORKS)
    assert [work.name for work in choose(["room", "fanout"])] == ["fanout", "room"]
    with pytest.raises(UsageError, match="no work fanuot; the nearest one is fanout"):
        choose(["fanuot"])


def test_quick_works_are_small_and_say_so() -> None:
    for work in choose([], quick=True):
        assert sum(work.sizes) <= 10
        assert work.rate_per_s <= 40
        assert work.about.endswith("in small")
