"""What `/metrics` of a hub says."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

PATIENCE_S = 20.0


def figures(http: str) -> dict[str, float]:
    """Return every sample by its name and labels, as `/metrics` writes them."""
    lines = httpx.get(f"{http}/metrics", timeout=PATIENCE_S).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def wait_until(http: str, so: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """Look until it is so, and return the figures of that moment."""
    deadline = time.monotonic() + PATIENCE_S
    while not so(found := figures(http)):
        if time.monotonic() > deadline:
            raise AssertionError({name: value for name, value in found.items() if value and "bucket" not in name})
        time.sleep(0.05)
    return found
