"""Tests in virtual time: waiting takes none.

pytest-trio gives a test an autojump clock only if `autojump_clock` is among the test's own arguments; asked for by a
fixture or with `usefixtures` it has no effect. This mark gives one to every test of a module:

    pytestmark = in_virtual_time
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
import trio
import trio.testing


def run(
    main: Callable[[], Awaitable[Any]],
    *,
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Any:
    """`trio.run`, with a clock that jumps to the next deadline whenever nothing else happens."""
    return trio.run(main, clock=clock or trio.testing.MockClock(autojump_threshold=0), instruments=instruments)


in_virtual_time = pytest.mark.trio(run=run)
