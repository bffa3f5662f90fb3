from functools import partial

from loadtest.timers import A_TURN, Timers


def test_what_is_due_is_done_once_in_the_order_of_its_times() -> None:
    timers, done = Timers(), list[str]()
    for due, name in ((30, "c"), (10, "a"), (20, "b"), (10, "a too")):
        timers.at(due, partial(done.append, name))
    timers.run(20)
    assert done == ["a", "a too", "b"]
    timers.run(20)
    timers.run(30)
    assert done == ["a", "a too", "b", "c"]


def test_thousands_that_are_due_at_once_are_spread_over_turns() -> None:
    timers, done = Timers(), list[int]()
    for number in range(3 * A_TURN):
        timers.at(0, partial(done.append, number))
    timers.run(1)
    assert len(done) == A_TURN
    timers.run(1)
    timers.run(1)
    assert done == list(range(3 * A_TURN))
    assert len(timers) == 0
