"""Programs that are run with limits, from the side of the hub: one job on standard input, one answer, and it is over.

Failed        it is not there, died of its limits or its input, or ended with another status than 0
└── Late      it took too long
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import trio

from hub.vision.limits import CPU_S, MEMORY_BYTES

PASSED_ON: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX")
ONE_THREAD: Final = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
LIMITS: Final = str(Path(__file__).with_name("limits.py"))


class Failed(Exception):
    """There is no answer."""


class Late(Failed):
    """It was ended, for it took too long."""


async def confined(command: Sequence[str], data: bytes, *, wall_s: float) -> bytes:
    """Run a program with this input and return its output. Raises `Failed`. Cancelling ends the program at once."""
    limited = [sys.executable, "-I", "-S", LIMITS, str(MEMORY_BYTES), str(CPU_S), *command]
    return await run(limited, data, wall_s=wall_s)


async def run(command: Sequence[str], data: bytes, *, wall_s: float) -> bytes:
    """As `confined`, for what takes its limits itself."""
    with trio.move_on_after(wall_s):
        try:
            done = await trio.run_process(
                command,
                stdin=data,
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
                check=False,
                env=_environment(os.environ),
                deliver_cancel=_kill,
            )
        except OSError as error:
            raise Failed(f"cannot be started: {error.strerror}") from error
        if done.returncode != 0:
            raise Failed(f"ended with {done.returncode}")
        return done.stdout
    raise Late(f"took more than {wall_s} s")


def _environment(present: Mapping[str, str]) -> dict[str, str]:
    """What a program needs, and none of the secrets that a hub may have been started with."""
    return {name: present[name] for name in PASSED_ON if name in present} | ONE_THREAD


async def _kill(process: trio.Process) -> None:
    process.kill()
