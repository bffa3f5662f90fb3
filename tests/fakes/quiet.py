"""A conversation that no flow leads: replies are noted, and that is all."""

from __future__ import annotations

from actors.chatpion.ports import Letters, NewReply
from actors.messages.outcomes import not_found
from actors.messages.subscriber import Fetched
from actors.subscriber.ports import Turn


class Quiet:
    """The `Flows` of a subscriber whose account has none."""

    __slots__ = ("_letters",)

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def start(self) -> Turn:
        """Nothing runs."""
        return Turn()

    async def heard(self, reply: NewReply) -> Turn:
        """Note it."""
        await self._letters.hear(reply)
        return Turn()

    async def begin(self, flow: int) -> Turn:
        """There is none to begin."""
        return Turn(outcome=not_found("flow"))

    async def due(self) -> Turn:
        """Nothing waits for a time."""
        return Turn()

    async def fetched(self, answer: Fetched) -> Turn:
        """Nothing waits for an answer."""
        return Turn()

    async def let_in(self, run: str) -> Turn:
        """Nobody was asked for."""
        return Turn()

    async def release(self) -> Turn:
        """Nobody took over."""
        return Turn()

    async def members_left(self) -> Turn:
        """Nobody took over."""
        return Turn()

    async def end(self) -> None:
        """Nothing runs."""
