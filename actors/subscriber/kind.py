"""How subscribers are made."""

from __future__ import annotations

from typing import Final

from actors.messages.subscriber import AnySubscriberMessage
from actors.runtime.kind import Kind
from actors.subscriber.actor import SubscriberActor
from actors.subscriber.ports import SubscriberPorts

IDLE_S: Final = 10.0


def subscriber_kind(ports: SubscriberPorts, *, mailbox_limit: int = 256) -> Kind[AnySubscriberMessage]:
    """The kind "subscriber", whose keys are the conversations' ids."""
    return Kind(
        name="subscriber",
        factory=lambda context: SubscriberActor(context, ports),
        messages=AnySubscriberMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )
