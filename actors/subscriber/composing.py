"""What a request to send becomes: the text as the subscriber sees it, and why it cannot leave, if it cannot."""

from __future__ import annotations

from typing import Final

from actors.chatpion.links import tracked
from actors.chatpion.ports import NewLetter
from actors.chatpion.values import HUB, Subscriber
from actors.flow.texts import View, expand
from actors.messages.subscriber import Send
from actors.subscriber.ports import SubscriberPorts

DELETED: Final = "The subscriber was deleted"


async def compose(send: Send, subscriber: Subscriber, ports: SubscriberPorts) -> NewLetter:
    """The letter that is to be queued, with an error if it cannot leave. Raises `StoreUnavailable`."""
    text = send.text
    if send.personalize:
        # As it is now: name, tags and fields change while this actor lives.
        text = expand(
            text, view_of(await ports.subscribers.subscriber(subscriber.account, subscriber.id) or subscriber)
        )
    shown = tracked(text, ports.public_url) if send.track_links else None
    return NewLetter(
        account=subscriber.account,
        subscriber=subscriber.id,
        platform=subscriber.platform,
        at=ports.clock.now_ms(),
        text=send.text,
        body=text if shown is None else shown.body,
        links=() if shown is None else shown.links,
        type=send.type,
        attachment=send.attachment,
        file=send.file,
        error=await obstacle(subscriber, ports),
        broadcast=send.broadcast,
    )


def view_of(subscriber: Subscriber) -> View:
    """The subscriber as texts see it."""
    return View(
        id=subscriber.id,
        platform=subscriber.platform,
        platform_id=subscriber.platform_id,
        name=subscriber.name,
        email=subscriber.email,
        tags=subscriber.tags,
        fields=subscriber.fields,
    )


async def obstacle(subscriber: Subscriber, ports: SubscriberPorts) -> str | None:
    """Why nothing can be sent to the subscriber now. Raises `StoreUnavailable`."""
    if subscriber.deleted_at is not None:
        return DELETED
    platform = subscriber.platform
    if platform == HUB:
        return None
    if await ports.connections.active(subscriber.account, platform) is None:
        return f"No connected account for platform {platform}"
    return None if platform in ports.platforms else f"No connector for platform {platform}"
