"""What people write in the conversation: what the subscriber says is a reply, and leads its flow on."""

from __future__ import annotations

from hashlib import sha256

from actors.chatpion.ports import NewReply
from actors.chatpion.values import LetterType
from actors.faults import refusal_for
from actors.messages.conversation import Publish
from actors.messages.outcomes import Published, Refused
from actors.messages.subscriber import Receive
from actors.runtime.errors import RuntimeFault
from actors.subscriber.ports import Flows, Scene, SubscriberPorts, Turn
from actors.values import Caller
from protocol.frames import Attachment, Message

_TYPES: tuple[LetterType, ...] = ("image", "video", "audio")


class Hearing:
    """The ear of one subscriber's actor."""

    __slots__ = ("_flows", "_ports", "_scene")

    def __init__(self, scene: Scene, ports: SubscriberPorts, flows: Flows) -> None:
        self._scene = scene
        self._ports = ports
        self._flows = flows

    async def heard(self, message_id: int) -> Turn:
        """Somebody has spoken. Others than the subscriber, who may be helping, say nothing to its flow."""
        subscriber = self._scene.subscriber
        record = await self._ports.library.message(subscriber.conv, message_id)
        if record is None or (record.message.sender.kind, record.message.sender.id) != ("user", subscriber.user):
            return Turn()
        return await self._flows.heard(self._reply(record.message))

    async def receive(self, message: Receive) -> Turn | Refused:
        """The subscriber has spoken elsewhere: say it here in its name, once for each id."""
        subscriber = self._scene.subscriber
        by = Caller("user", subscriber.user, subscriber.name or subscriber.platform_id, "guest")
        # A platform's ids may be longer than a `cid`.
        cid = f"in-{sha256(message.id.encode()).hexdigest()[:32]}"
        said = Publish(by=by, cid=cid, body=message.text, html="")
        try:
            outcome = await self._scene.context.ref("conversation", subscriber.conv).ask(said)
        except RuntimeFault as fault:
            outcome = refusal_for(fault)
        if isinstance(outcome, Published):
            return await self.heard(outcome.id)
        return outcome if isinstance(outcome, Refused) else refusal_for(outcome)

    def _reply(self, message: Message) -> NewReply:
        subscriber = self._scene.subscriber
        file = next(iter(message.attachments or ()), None)
        return NewReply(
            account=subscriber.account,
            subscriber=subscriber.id,
            platform=subscriber.platform,
            at=message.at,
            text=message.body,
            seq=message.seq,
            message=message.id,
            type="text" if file is None else type_of(file),
            file=None if file is None else file.id,
        )


def type_of(file: Attachment) -> LetterType:
    """What a message with this file is, by what the file's bytes are."""
    return next((kind for kind in _TYPES if file.content_type.startswith(f"{kind}/")), "file")
