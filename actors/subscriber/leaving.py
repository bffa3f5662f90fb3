"""The end of a subscriber: nobody signs in as it any more, and its conversation is left by all."""

from __future__ import annotations

from actors.messages.conversation import Leave
from actors.runtime.errors import Refusal
from actors.subscriber.ports import Scene, SubscriberPorts
from actors.values import Caller, Who


async def remove(scene: Scene, ports: SubscriberPorts) -> None:
    """End it, as far as that is not done. Raises `StoreUnavailable`: what is left is done when this is asked again."""
    subscriber = scene.subscriber
    await ports.subscribers.delete(subscriber.account, subscriber.id, ports.clock.now_ms())
    ports.revoker.revoke(Who("user", subscriber.user))
    record = await ports.library.conversation(subscriber.conv)
    for member in record.members if record is not None else ():
        actor = member.actor
        _let_out(scene, Caller(actor.kind, actor.id, actor.name, "bot" if actor.kind == "bot" else "user"))


def _let_out(scene: Scene, member: Caller) -> None:
    try:
        scene.context.ref("conversation", scene.subscriber.conv).tell(Leave(by=member), urgent=True)
    except Refusal:
        return  # the hub ends: an empty shell of a room is left, which nobody signs in to
