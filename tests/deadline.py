"""A test on trio that takes too long is interrupted as by Ctrl-C: it comes apart in order, and no other pays for it.

pytest-timeout raises in whatever runs when the time is up, which for a test that waits is trio's own loop. Tasks that
are left in their midst are found by the collector during some later test, which fails in its turn.

The hooks are for a `conftest.py`.
"""

import contextlib
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import pytest_trio  # type: ignore[import-untyped]
import trio

GRACE_S = 10.0
"""How long a test may take to come apart before pytest-timeout has its way."""
EXPIRED = pytest.StashKey[str]()
"""After how many seconds a test was interrupted, and where its tasks were."""
MACHINERY = (Path(trio.__file__).parent, Path(pytest_trio.__file__).parent)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Generator[None, object, object]:
    """Come before the handler that pytest-timeout has set."""
    timer_is_set = yield
    if settings.method == "signal":
        fail = signal.getsignal(signal.SIGALRM)
        assert callable(fail)

        def expire(number: int, frame: FrameType | None) -> None:
            interrupt = signal.getsignal(signal.SIGINT)
            if EXPIRED in item.stash or not trio.lowlevel.in_trio_run() or not callable(interrupt):
                fail(number, frame)
                return
            item.stash[EXPIRED] = "\n".join([f"took more than {settings.timeout:g} s", *_whereabouts()])
            signal.setitimer(signal.ITIMER_REAL, GRACE_S)
            interrupt(signal.SIGINT, frame)

        signal.signal(signal.SIGALRM, expire)
    return timer_is_set


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Let the interrupt be a failure of this test, not the end of all."""
    try:
        yield
    finally:
        if EXPIRED in item.stash:
            pytest.fail(item.stash[EXPIRED])


def _whereabouts() -> Iterator[str]:
    """Where each task of the run is, past what is trio's own."""
    tasks = [trio.lowlevel.current_root_task()]
    while tasks:
        if (task := tasks.pop()) is None:
            continue
        tasks += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
        with contextlib.suppress(TypeError):  # an awaitable that trio cannot look into
            places = [(Path(frame.f_code.co_filename), line) for frame, line in task.iter_await_frames()]
            if own := [place for place in places if not any(path in place[0].parents for path in MACHINERY)]:
                yield "{}: {}:{}".format(task.name, *own[-1])
