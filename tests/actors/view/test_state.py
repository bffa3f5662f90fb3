"""How far a user has got."""

from actors.view.state import Positions


def test_positions_never_go_back_and_are_written_once() -> None:
    positions = Positions()
    positions.got({1: 5, 2: 3})
    positions.got({1: 4, 2: 4})
    assert positions.unsaved == {1: 5, 2: 4}
    positions.saved()
    positions.got({1: 5, 2: 5})
    assert positions.unsaved == {2: 5}


def test_the_very_first_place_of_a_log_counts() -> None:
    positions = Positions()
    positions.got({1: 0})
    assert positions.unsaved == {1: 0}
