from collections import Counter

from loadtest.room_load import seats, zipf


def test_equal_rooms_take_turns_and_so_do_their_senders() -> None:
    assert seats((5, 5, 5), senders=2) == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]


def test_everybody_who_speaks_has_one_turn_in_a_round() -> None:
    found = seats((9, 3), senders=6)
    assert Counter(room for room, _ in found) == {0: 6, 1: 3}
    assert len(set(found)) == len(found)


def test_a_big_room_never_has_all_its_turns_in_one_burst() -> None:
    rooms = [room for room, _ in seats((8, 2), senders=8)]
    assert rooms == [0, 0, 1, 0, 0, 0, 0, 1, 0, 0]


def test_sizes_fall_with_the_rank_and_never_below_two() -> None:
    assert zipf(5, largest=100, exponent=1.0) == (100, 50, 33, 25, 20)
    assert zipf(3, largest=8, exponent=2.0) == (8, 2, 2)


def test_without_an_exponent_all_rooms_are_alike() -> None:
    assert zipf(3, largest=7, exponent=0.0) == (7, 7, 7)
