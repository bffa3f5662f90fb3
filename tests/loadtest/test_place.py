from loadtest.place import Gap, Place, faults
from loadtest.tally import Account


def place() -> Place:
    return Place(conv=3, epoch=1, seq=10, message=100)


def test_what_is_new_is_entered_and_moves_the_cursor() -> None:
    seen = place()
    assert seen.event(11, 101, [7]) == [7]
    assert seen.event(12, None, []) == []
    assert (seen.cursor, seen.message, seen.account.count, seen.others) == ((3, 1, 12), 101, 1, 1)
    assert faults([seen]) == []


def test_what_comes_again_is_counted_and_entered_once() -> None:
    seen = place()
    seen.event(11, 101, [7])
    assert seen.event(11, 101, [7]) == []
    assert (seen.account.count, seen.repeats) == (1, 1)
    assert faults([seen]) == ["1 events came again"]


def test_what_is_skipped_without_a_word_is_a_hole() -> None:
    seen = place()
    seen.event(14, 104, [7])
    assert faults([seen]) == ["3 events were left out without a word"]


def test_a_gap_is_no_hole_and_is_paged_from_the_last_message_before_it() -> None:
    seen = place()
    seen.gap(11, 13)
    seen.event(14, 104, [4])
    assert seen.missing == [Gap(11, 13, after=100)]
    assert seen.page([(11, 101, [1]), (12, 102, [2])], more=True) == [1, 2]
    assert seen.missing == [Gap(11, 13, after=102)]
    assert seen.page([(13, 103, [3]), (14, 104, [4])], more=True) == [3]
    said = Account()
    said.add([1, 2, 3, 4])
    assert not seen.missing
    assert seen.account.agrees(said)
    assert (seen.gaps, seen.paged, faults([seen])) == (1, 3, [])


def test_a_gap_of_what_is_no_message_ends_with_the_history() -> None:
    seen = place()
    seen.gap(11, 12)
    assert seen.page([], more=False) == []
    assert not seen.missing


def test_a_gap_that_begins_elsewhere_leaves_a_hole() -> None:
    seen = place()
    seen.gap(13, 14)
    assert seen.holes == 2


def test_a_reset_moves_the_cursor_and_fills_nothing() -> None:
    seen = place()
    seen.reset(epoch=2, seq=4)
    assert (seen.cursor, seen.resets, seen.account.count) == ((3, 2, 4), 1, 0)
