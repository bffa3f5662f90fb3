from __future__ import annotations

from hub.clock import WallClock


def test_time_never_goes_back() -> None:
    readings = iter([5_000_000, 7_999_999, 3_000_000, 7_000_001, 9_000_000])
    clock = WallClock(lambda: next(readings))
    assert [clock.now_ms() for _ in range(5)] == [5, 7, 7, 7, 9]
