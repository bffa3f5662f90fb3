"""The data directory: made private, and held by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

LOCK_FILE = "hub.lock"


class DataDirError(Exception):
    """The directory cannot be used; the message is the one line to print. DataDirError → DataDirInUse."""


class DataDirInUse(DataDirError):
    """Another process holds the directory."""


@contextlib.contextmanager
def hold(directory: Path) -> Iterator[Path]:
    """Make `directory` (mode 0700, parents too) unless it is there, and hold it until the block ends.

    Yields it as an absolute path. The lock is the kernel's: it goes with the process however that ends, so that no
    stale file ever has to be removed. Raises DataDirError.
    """
    directory = directory.absolute()
    with _explained(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.fdopen(os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    with file:
        _lock(file, directory)
        yield directory


def _lock(file: IO[str], directory: Path) -> None:
    try:
        with _explained(directory):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataDirInUse(f"{directory}: in use by a hub that runs{_holder(file)}") from None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    pid = file.read(20).strip()
    return f" (pid {pid})" if pid.isdigit() else ""


@contextlib.contextmanager
def _explained(directory: Path) -> Iterator[None]:
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        raise DataDirError(f"{directory}: cannot be used as the data directory: {error.strerror}") from error
