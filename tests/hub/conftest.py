from __future__ import annotations

import pytest
from trio.testing import MockClock


@pytest.fixture
def patient_clock() -> MockClock:
    """Virtual time for tests with real sockets: it jumps once nothing has moved for 20 ms of real time."""
    return MockClock(autojump_threshold=0.02)
