"""When a connection is given commands. Pure."""

from __future__ import annotations

from math import inf

from actors.bot.pump import RETRY_MS, WINDOW, Pump
from actors.ports import Lease

NOW = 1_000_000
NOTHING = Lease([], more=False, ends_at=None)


def pump(lease: Lease = NOTHING) -> Pump:
    """One whose line has had this lease."""
    made = Pump()
    assert made.is_due("line", NOW)
    made.leased(lease, "line")
    return made


def test_a_new_life_begins_with_a_look() -> None:
    assert Pump().is_due("line", NOW)
    assert not pump().is_due("line", NOW)
    assert pump().due_at == inf


def test_a_new_command_is_due() -> None:
    made = pump()
    made.queued()
    assert made.is_due("line", NOW)


def test_the_end_of_a_lease_is_due() -> None:
    made = pump(Lease([], more=False, ends_at=NOW + 500))
    assert made.due_at == NOW + 500
    assert not made.is_due("line", NOW + 499)
    assert made.is_due("line", NOW + 500)


def test_a_full_line_waits_for_half_of_its_acknowledgements() -> None:
    made = pump(Lease([], more=True, ends_at=NOW + 500))
    made.queued()
    for _ in range(WINDOW // 2 - 1):
        made.acknowledged()
    assert not made.is_due("line", NOW)
    made.acknowledged()
    assert made.is_due("line", NOW)


def test_another_line_does_not_wait_for_those_of_the_first() -> None:
    made = pump(Lease([], more=True, ends_at=None))
    assert not made.is_due("line", NOW)
    assert made.is_due("other", NOW)


def test_what_is_given_back_is_due_even_to_a_full_line() -> None:
    made = pump(Lease([], more=True, ends_at=None))
    made.returned()
    assert made.is_due("line", NOW)


def test_a_poll_may_leave_something() -> None:
    made = pump()
    made.leased(Lease([], more=True, ends_at=NOW + 500))
    assert made.is_due("line", NOW)
    made.leased(Lease([], more=False, ends_at=NOW + 500))
    assert made.due_at == NOW + 500


def test_a_line_that_takes_nothing_is_not_asked_at_once() -> None:
    made = pump(Lease([], more=False, ends_at=NOW + 5))
    made.failed(NOW)
    assert made.due_at == NOW + RETRY_MS
    made.queued()
    assert not made.is_due("line", NOW + RETRY_MS - 1)
    assert made.is_due("line", NOW + RETRY_MS)
