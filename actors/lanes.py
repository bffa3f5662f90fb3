"""What lanes of the outbox have in common, whoever they belong to."""

from typing import Final

from actors.chatpion import lanes as chatpion
from actors.order import lanes as order

ORDERED: Final = chatpion.ORDERED | {order.SHOP}
"""In these one failing call holds up those about the same object, and no others."""
HEARING: Final = frozenset({chatpion.HEARD, order.STAFF})
"""What people say in a conversation, for an actor that it has. The receiver is the conversation."""
