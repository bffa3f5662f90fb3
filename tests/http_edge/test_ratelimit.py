"""Bans begin with exactly one failure, last exactly so long, and their tables are bounded."""

from http_edge.ratelimit import Bans


def test_the_failure_with_that_number_begins_the_ban() -> None:
    bans = Bans(after=3, ban_s=10.0)
    for _ in range(2):
        bans.failed("a", 0.0)
    assert not bans.is_banned("a", 0.0)
    bans.failed("a", 1.0)
    assert [bans.is_banned("a", now) for now in (1.0, 10.9, 11.0)] == [True, True, False]


def test_a_success_clears_the_count() -> None:
    bans = Bans(after=2, ban_s=10.0)
    for _ in range(5):
        bans.failed("a", 0.0)
        bans.succeeded("a")
    assert not bans.is_banned("a", 0.0)


def test_failures_during_a_ban_neither_lengthen_nor_survive_it() -> None:
    bans = Bans(after=2, ban_s=10.0)
    for now in (0.0, 0.0, 5.0, 9.0):
        bans.failed("a", now)
    assert not bans.is_banned("a", 10.0)
    bans.failed("a", 10.0)
    assert not bans.is_banned("a", 10.0)


def test_a_success_ends_no_ban() -> None:
    bans = Bans(after=1, ban_s=10.0)
    bans.failed("a", 0.0)
    bans.succeeded("a")
    assert bans.is_banned("a", 1.0)


def test_many_strangers_push_no_ban_out() -> None:
    bans = Bans(after=2, ban_s=10.0, bound=100)
    for _ in range(2):
        bans.failed("a", 0.0)
    for number in range(10_000):
        bans.failed(f"stranger {number}", 1.0)
    assert bans.is_banned("a", 2.0)
    assert len(bans) <= 200


def test_bans_are_bounded_too() -> None:
    bans = Bans(after=1, ban_s=10.0, bound=100)
    for number in range(10_000):
        bans.failed(f"{number}", 0.0)
    assert len(bans) == 100
    assert bans.is_banned("9999", 1.0)
