"""How the actors of orders are made."""

from __future__ import annotations

from typing import Final

from actors.messages.order import AnyOrderMessage
from actors.runtime.kind import Kind
from actors.shop.actor import ShopActor
from actors.shop.ports import ShopPorts

IDLE_S: Final = 10.0


def order_kind(ports: ShopPorts, *, mailbox_limit: int = 256) -> Kind[AnyOrderMessage]:
    """The kind "order", whose keys are the ids of customers' conversations."""
    return Kind(
        name="order",
        factory=lambda context: ShopActor(context, ports),
        messages=AnyOrderMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )
