"""Fresh ids: implements `actors.ports.Numbers`.

Counters in memory that begin after the greatest id stored. An id that was given out and never committed may be given
out again after a restart: nobody has seen it.
"""

from itertools import count

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import bots, conversations, messages, users


class Numbers:
    """Counters that any thread may ask: `next` on `count` is one step of the interpreter."""

    def __init__(self, *, message: int, conversation: int, bot: int, user: int) -> None:
        self._messages = count(message + 1)
        self._conversations = count(conversation + 1)
        self._bots = count(bot + 1)
        self._users = count(user + 1)
        self._terms = count(1)

    def message(self) -> int:
        """A message id, greater than all before it."""
        return next(self._messages)

    def conversation(self) -> int:
        """A conversation id."""
        return next(self._conversations)

    def bot(self) -> int:
        """A bot id."""
        return next(self._bots)

    def user(self) -> int:
        """A user id."""
        return next(self._users)

    def term(self) -> int:
        """A term for the log; terms need to be unique in one run only."""
        return next(self._terms)


async def read_numbers(connection: AsyncConnection) -> Numbers:
    """Begin after what is stored."""
    return Numbers(
        message=await _greatest(connection, messages.c.id),
        conversation=await _greatest(connection, conversations.c.id),
        bot=await _greatest(connection, bots.c.id),
        user=await _greatest(connection, users.c.id),
    )


async def _greatest(connection: AsyncConnection, column: Column[int]) -> int:
    found: int | None = (await connection.execute(select(func.max(column)))).scalar()
    return found or 0
