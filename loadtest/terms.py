"""On what terms a scenario is run: for how long, and who watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from loadtest.readings import Reading

Profile = Callable[[int, float], AbstractContextManager[None]]
"""Given a process and for how long, something that records where its time goes while it is entered."""

Progress = Callable[[Sequence[Reading]], None]
"""Hears of all readings so far, about once a second. It must be quick: the generator waits."""


def no_profile(pid: int, seconds: float) -> AbstractContextManager[None]:
    """Record nothing."""
    return nullcontext()


def silent(readings: Sequence[Reading]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The measured phase lasts `seconds` and comes after a warm-up, whose figures count nowhere."""

    seconds: float
    warm_up_s: float = 1.0
    profile: Profile = no_profile
    progress: Progress = silent
