"""Where the hub's time goes: a flame graph by py-spy, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadtest.errors import BenchError
from loadtest.terms import Profile, no_profile

SAMPLES_PER_S = 250
FILE_NAME = str.maketrans({" ": "-", "×": "x", "/": "-", ",": ""})


def profile_of(directory: Path | None, name: str) -> Profile:
    """Return a profile that writes a flame graph below `directory`, named after what is run; None records nothing."""
    if directory is None:
        return no_profile
    directory.mkdir(parents=True, exist_ok=True)
    return flame_graph(directory / f"{name.translate(FILE_NAME)}.svg")


def flame_graph(target: Path) -> Profile:
    """Return a profile that writes an SVG to `target`. Raises BenchError when py-spy is not installed.

    Sampling stops the hub for moments: figures taken meanwhile are not comparable.
    """
    beside = Path(sys.executable).with_name("py-spy")
    program = str(beside) if beside.exists() else shutil.which("py-spy")
    if program is None:
        raise BenchError("--profile needs py-spy, which is not installed")

    @contextmanager
    def record(pid: int, seconds: float) -> Iterator[None]:
        arguments = ["record", "--pid", str(pid), "--output", str(target), "--rate", str(SAMPLES_PER_S)]
        duration = ["--duration", str(max(1, round(seconds)))]
        with subprocess.Popen(  # noqa: S603
            [program, *arguments, *duration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ):
            yield

    return record
