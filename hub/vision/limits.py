"""What a process may take that reads what strangers send. As a program: take the limits, and become another.

    python -I -S limits.py MEMORY_BYTES CPU_S PROGRAM [ARGUMENT…]

Run by its path, for it must not load the hub: then it costs 15 ms. The limits outlive the exec. (With `preexec_fn`
Python code would run between fork and exec of a process that has threads.)
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from typing import Final

MEMORY_BYTES: Final = 1_536 * 2**20
"""40 megapixels, decoded, scaled and turned, stay well below it."""
CPU_S: Final = 8
OPEN_FILES: Final = 64


def confine(memory_bytes: int, cpu_s: int) -> None:
    """Take the limits, for good: address space, seconds of processor time, no files written, no core dump."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        # Not every system takes every limit, and none lets anybody raise one that is lower already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """Take the limits and become the program. Raises OSError if there is none."""
    memory_bytes, cpu_s, *command = sys.argv[1:]
    confine(int(memory_bytes), int(cpu_s))
    os.execvp(command[0], command)  # noqa: S606 - the command is the hub's own


if __name__ == "__main__":
    main()
