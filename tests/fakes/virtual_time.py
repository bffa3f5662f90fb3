"""Tests in virtual time: waiting takes none.

pytest-trio gives a test an autojump clock only if `autojump_clock` is among the test's own arguments; asked for by a
fixture or with `usefixtures` it has no effect. This, in a `conftest.py`, gives one to every test of a folder:

    def pytest_collection_modifyitems(items):
        in_virtual_time(items, Path(__file__).parent)
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing


def in_virtual_time(items: Iterable[pytest.Item], folder: Path) -> None:
    """Have the asynchronous tests of the folder run with a clock that jumps whenever nothing else happens."""
    for item in items:
        if folder in item.path.parents and iscoroutinefunction(_function(item)):
            # In front of the mark that `trio_mode` has put there.
            item.add_marker(pytest.mark.trio(run=run), append=False)


def run(
    main: Callable[[], Awaitable[Any]],
    *,
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Any:
    """`trio.run` in virtual time, unless the test brings a clock of its own."""
    return trio.run(main, clock=clock or trio.testing.MockClock(autojump_threshold=0), instruments=instruments)


def _function(item: pytest.Item) -> object:
    function = getattr(item, "obj", None)
    return getattr(getattr(function, "hypothesis", None), "inner_test", function)
