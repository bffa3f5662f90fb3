"""What every test may rely on, however the suite was started."""

import gc
import os
import signal
import sys

from hypothesis import settings

from tests.deadline import pytest_runtest_call, pytest_timeout_set_timer

__all__ = ["pytest_collection_finish", "pytest_configure", "pytest_runtest_call", "pytest_timeout_set_timer"]


def pytest_configure() -> None:
    """Undo what a shell does to its background jobs, and what containers tell Python."""
    # A program that inherits an ignored SIGINT is deaf to Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # A hundred processes of these tests load the same modules: without bytecode each would compile them all.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # Hypothesis' deadline of 200 ms for one example is a matter of what else the machine does.
    settings.register_profile("patient", deadline=None)
    settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """Let the collector forget what lives as long as the session, as a hub does: it took a quarter of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
