"""A process of the generator, as the one that leads it sees it."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Final, TypeVar

from loadtest import words
from loadtest.errors import WorkerLost
from loadtest.share import Share
from loadtest.words import Failed, Order, Report

R = TypeVar("R", bound=Report)
T = TypeVar("T")

END_S: Final = 5.0


class Fellow:
    """Keeps the last word of each kind that the process has said."""

    def __init__(self, number: int, process: BaseProcess, pipe: Connection) -> None:
        self._number = number
        self._process = process
        self._pipe = pipe
        self._said: dict[type, Report] = {}
        self._spoke_at = monotonic()

    def said(self, kind: type[R]) -> R | None:
        """Return its last word of this kind, None when there was none. Raises WorkerLost when it is gone."""
        self._listen()
        found = self._said.get(kind)
        return found if isinstance(found, kind) else None

    def tell(self, order: Order) -> None:
        """Say something to it. Raises WorkerLost when it is gone."""
        self._alive(lambda: words.say(self._pipe, order))

    def check_silence(self, most_s: float) -> None:
        """Raise WorkerLost if it has said nothing for so long."""
        if monotonic() - self._spoke_at > most_s:
            raise WorkerLost(f"{self._name} has said nothing for {most_s:g} s")

    def end(self) -> None:
        """End the process at once, whatever it does, and forget it."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()

    @property
    def _name(self) -> str:
        return f"process {self._number} of the generator"

    def _listen(self) -> None:
        # A share is its last word: that the pipe ends behind it is no failure.
        while Share not in self._said and (word := self._alive(lambda: words.report(self._pipe))) is not None:
            if isinstance(word, Failed):
                raise WorkerLost(f"{self._name}: {word.reason}")
            self._said[type(word)] = word
            self._spoke_at = monotonic()

    def _alive(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except (EOFError, OSError) as error:
            self._process.join(END_S)
            raise WorkerLost(f"{self._name} ended with {self._process.exitcode}") from error
