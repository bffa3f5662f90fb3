"""Standard output, whoever reads it."""

from __future__ import annotations

import os
import sys

from loadtest.verdict import Verdict


def show(text: str) -> Verdict:
    """Print at once. That nobody reads it any more is no failure: the exit code still tells."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, and would fail then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Verdict.PASSED
