"""What goes with a bot when it ends: all that it had to do and has told, but not what it said in conversations."""

from typing import Final

from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.bridging import TO_ROOM
from storage.models import (
    bot_data,
    bot_logs,
    bot_messages,
    bot_presence,
    bridges,
    command_totals,
    command_types,
    commands,
    outbox,
    record_totals,
)

OF_BOTS: Final[tuple[Table, ...]] = (
    commands,
    command_totals,
    command_types,
    bot_presence,
    bot_logs,
    bot_messages,
    record_totals,
    bot_data,
    bridges,
)
"""Tables of which every row belongs to the bot in its column `bot`."""


async def erase_bot(connection: AsyncConnection, bot: int) -> None:
    """Forget it, in the transaction that ends the bot."""
    for table in OF_BOTS:
        await connection.execute(delete(table).where(table.c.bot == bot))
    # What it told of threads and was not said yet.
    await connection.execute(delete(outbox).where(outbox.c.kind == TO_ROOM, outbox.c.receiver == bot))
