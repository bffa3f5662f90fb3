"""Who makes room for a new session."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from actors.auth.devices import REPLACED, SURPLUS, who_goes


class Session(NamedTuple):
    number: int
    device: str


@given(st.lists(st.sampled_from("abcd")), st.sampled_from("abcde"), st.integers(1, 4))
def test_the_limit_holds_and_the_newest_stay(devices: list[str], device: str, limit: int) -> None:
    present = [Session(n, name) for n, name in enumerate(devices)]
    gone = who_goes(present, device, limit)
    left = [session for session in present if session not in [session for session, _ in gone]]
    assert len(left) <= limit - 1
    assert device not in [session.device for session in left]
    surplus = [session for session, farewell in gone if farewell is SURPLUS]
    assert all(before.number < after.number for before in surplus for after in left)
    assert [session for session, farewell in gone if farewell is REPLACED] == [s for s in present if s.device == device]


@given(st.sets(st.sampled_from("abcd")), st.integers(1, 6))
def test_nobody_goes_without_need(devices: set[str], limit: int) -> None:
    present = [Session(n, name) for n, name in enumerate(sorted(devices))]
    assert len(who_goes(present, "new", limit)) == max(0, len(present) + 1 - limit)
