"""The data directory: private, and one hub's at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.datadir import DataDirError, DataDirInUse, hold

HOLD = "import sys, pathlib, hub.datadir\nwith hub.datadir.hold(pathlib.Path(sys.argv[1])): print(flush=True); input()"


def test_it_is_made_private_with_its_parents(tmp_path: Path) -> None:
    with hold(tmp_path / "a" / "b") as directory:
        assert directory.stat().st_mode & 0o777 == 0o700
        assert (directory / "hub.lock").stat().st_mode & 0o777 == 0o600


def test_a_second_holder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    refused = pytest.raises(DataDirInUse, match=rf"in use by a hub that runs \(pid {os.getpid()}\)")
    with hold(tmp_path), refused, hold(tmp_path):
        pass
    with hold(tmp_path):
        pass


def test_a_holder_that_was_killed_leaves_nothing_to_remove(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(DataDirInUse, match=str(other.pid)), hold(tmp_path):
            pass
        other.kill()
        other.wait()
        with hold(tmp_path):
            assert (tmp_path / "hub.lock").read_text() == f"{os.getpid()}\n"


def test_what_cannot_be_a_directory_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "below"):
        with pytest.raises(DataDirError, match="cannot be used as the data directory: "), hold(path):
            pass
