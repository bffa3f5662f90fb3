"""What messages carry, looked up for a whole page at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import attachment
from protocol.frames import Attachment
from storage.models import attachments, message_attachments
from storage.rows import DbRow

Attached = Mapping[int, list[Attachment]]
NONE_ATTACHED: Final[Attached] = MappingProxyType({})
FILE = (attachments.c.id, attachments.c.name, attachments.c.content_type, attachments.c.size)


async def attached_to(connection: AsyncConnection, rows: Sequence[DbRow]) -> Attached:
    """What these messages carry, by their ids. Asks for nothing when there is nothing."""
    carriers = [row.id for row in rows if row.attached and not row.deleted]
    if not carriers:
        return NONE_ATTACHED
    link = message_attachments.c
    query = select(link.message, *FILE).join_from(message_attachments, attachments, attachments.c.id == link.attachment)
    found: defaultdict[int, list[Attachment]] = defaultdict(list)
    for message, *file in await connection.execute(
        query.where(link.message.in_(carriers)).order_by(link.message, link.place)
    ):
        found[message].append(attachment(*file))
    return found
