"""How far a subscriber's messages have come: marks of the conversation, as steps of its letters.

A mark may come before its letter is known to be in the conversation, and the store may not take it now: so the furthest
marks are kept, and looked at again.
"""

from __future__ import annotations

from math import inf
from typing import Final

import trio

from actors.chatpion.ports import Letters
from actors.chatpion.values import Letter
from actors.ports import Clock, PortError

RETRY_S: Final = 1.0


class Status:
    """The marks of one subscriber in one life of its actor."""

    __slots__ = ("_clock", "_is_new", "_letters", "_not_before", "_read", "_received", "_subscriber")

    def __init__(self, subscriber: int, letters: Letters, clock: Clock) -> None:
        self._subscriber = subscriber
        self._letters = letters
        self._clock = clock
        self._received = self._read = 0
        self._is_new = False
        self._not_before = 0.0

    @property
    def due_at(self) -> float:
        """When there is something to catch up with, in seconds of trio's clock; `inf`: there is nothing."""
        return self._not_before if self._is_new else inf

    def marked(self, received: int, read: int) -> None:
        """A device of the subscriber has received, and it has read, so much. What was read was received."""
        received = max(received, read)
        if received > self._received or read > self._read:
            self._received, self._read = max(self._received, received), max(self._read, read)
            self._is_new = True

    def said(self, letter: Letter) -> None:
        """The letter is known to be in the conversation, where the marks may have passed it already."""
        if letter.seq is not None and letter.seq <= self._received:
            self._is_new = True

    async def catch_up(self) -> None:
        """Have the letters say what the marks do. What passes is tried again later."""
        if trio.current_time() < self.due_at:
            return
        now = self._clock.now_ms()
        try:
            await self._letters.mark(self._subscriber, received=self._received, read=self._read, at=now)
        except PortError as error:
            self._not_before = trio.current_time() + max(RETRY_S, error.retry_ms / 1_000)
        else:
            self._is_new = False
