import pytest

from loadtest.pacer import NS, Pacer, Seats


def numbers(pacer: Pacer, now_ns: int) -> list[int]:
    return [number for number, _ in pacer.due(now_ns)]


def test_arrivals_are_evenly_spaced_from_the_start_on() -> None:
    pacer = Pacer(4, 1.0, start_ns=1_000)
    assert list(pacer.due(10 * NS)) == [
        (0, 1_000),
        (1, 1_000 + NS // 4),
        (2, 1_000 + NS // 2),
        (3, 1_000 + 3 * NS // 4),
    ]


def test_each_arrival_is_given_out_once_when_its_time_has_come() -> None:
    pacer = Pacer(10, 1.0, start_ns=0)
    assert numbers(pacer, -1) == []
    assert numbers(pacer, 0) == [0]
    assert numbers(pacer, NS // 10 - 1) == []
    assert numbers(pacer, 3 * NS // 10) == [1, 2, 3]


def test_a_late_generator_owes_every_arrival_at_its_old_time() -> None:
    pacer = Pacer(1_000, 2.0, start_ns=0)
    late = list(pacer.due(5 * NS))
    assert len(late) == pacer.total == 2_000
    assert late[-1] == (1_999, 1_999 * NS // 1_000)
    assert pacer.exhausted


def test_the_next_due_time_is_known_until_the_last_arrival() -> None:
    pacer = Pacer(2, 1.0, start_ns=7)
    assert pacer.next_ns() == 7
    numbers(pacer, 7)
    assert pacer.next_ns() == 7 + NS // 2
    numbers(pacer, NS)
    assert pacer.next_ns() is None


def test_rounding_never_adds_up() -> None:
    pacer = Pacer(3_000, 60.0, start_ns=0)
    *_, (number, due_ns) = pacer.due(61 * NS)
    assert (number, due_ns) == (179_999, round(179_999 * NS / 3_000))


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (-1, 1), (1, 0)])
def test_a_load_of_nothing_is_refused(rate: float, seconds: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Pacer(rate, seconds, start_ns=0)


def test_several_processes_give_out_one_schedule_between_them() -> None:
    parts = [Seats((0, 2), 5), Seats((1,), 5), Seats((3, 4), 5)]
    pacers = [Pacer(1_000, 1.003, start_ns=7, seats=part) for part in parts]
    given = sorted(arrival for pacer in pacers for arrival in pacer.due(2 * NS))
    assert given == list(Pacer(1_000, 1.003, start_ns=7).due(2 * NS))
    assert sum(pacer.total for pacer in pacers) == 1_003


def test_a_part_gives_out_its_own_arrivals_at_their_times() -> None:
    pacer = Pacer(10, 1.0, start_ns=0, seats=Seats((1, 3), 4))
    assert pacer.next_ns() == NS // 10
    assert numbers(pacer, NS // 2) == [1, 3, 5]
    assert numbers(pacer, NS) == [7, 9]
    assert pacer.exhausted
    assert pacer.gap_ns == NS / 5


def test_who_has_no_seat_only_listens() -> None:
    pacer = Pacer(10, 1.0, start_ns=0, seats=Seats((), 4))
    assert pacer.next_ns() is None
    assert numbers(pacer, NS) == []
    assert pacer.end_ns == NS
