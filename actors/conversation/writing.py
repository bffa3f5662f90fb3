"""Messages and what is done to them: publish, edit, delete, react."""

from collections.abc import Callable

from actors.conversation.core import Core
from actors.conversation.journal import Journal
from actors.conversation.known import KnownMessage
from actors.conversation.markup import Markup
from actors.conversation.pending import Entry, duplicate
from actors.conversation.refusals import NotDone, conflict
from actors.conversation.rules import check_deletes, check_edits, check_takes_part
from actors.messages.conversation import Delete, Edit, Publish, React
from actors.messages.outcomes import not_found
from actors.runtime.reply import Reply
from actors.values import CidKey
from protocol.frames import Deleted, Edited, Message, Reacted


class Writing:
    """Turns requests into events. Methods raise `NotDone` or `StoreUnavailable` before they have changed anything."""

    __slots__ = ("_clock", "_core", "_journal")

    def __init__(self, core: Core, journal: Journal, clock: Callable[[], float]) -> None:
        self._core = core
        self._journal = journal
        self._clock = clock

    async def publish(self, message: Publish, reply: Reply) -> None:
        """Append a message, unless the same one was said before."""
        core, began = self._core, self._clock()
        who = message.by.who
        check_takes_part(core.state, message.by)
        key = CidKey(who, message.cid)
        if self._said_before(key, reply):
            return
        if message.reply_to is not None:
            await self._known(message.reply_to, "reply_to")
        event = Message(
            conv=core.conv,
            seq=core.state.head + 1,
            at=core.services.clock.now_ms(),
            id=core.services.numbers.message(),
            sender=core.actor(who, message.by.actor),
            body=message.body,
            cid=message.cid,
            html=html_of(message, core.markup),
            reply_to=message.reply_to,
            attachments=message.attachments or None,
            mentions=core.mentioned(message.body),
        )
        calls = core.calls
        hooks = await calls.caused_by(event, webhooks=message.calls_bots) if calls.possible else None
        entry = Entry(event, reply, self._clock(), key, hooks)
        entry.began, entry.came = began, message.came or began
        self._journal.hand_over(entry)

    async def edit(self, message: Edit, reply: Reply) -> None:
        """Replace a message's text."""
        core = self._core
        check_takes_part(core.state, message.by)
        known = await self._known(message.id)
        check_edits(core.state, message.by, known.author)
        check_still_there(known)
        event = Edited(
            conv=core.conv,
            seq=core.state.head + 1,
            at=core.services.clock.now_ms(),
            id=message.id,
            by=core.actor(message.by.who, message.by.actor),
            body=message.body,
            html=html_of(message, core.markup),
        )
        self._journal.append(event, reply, self._clock())

    async def delete(self, message: Delete, reply: Reply) -> None:
        """Take a message's content away."""
        core = self._core
        who = message.by.who
        if not message.by.rules_hub:
            check_takes_part(core.state, message.by)
        known = await self._known(message.id)
        check_deletes(core.state, message.by, known.author)
        if known.deleted:
            self._journal.nothing_to_do(reply)
            return
        event = Deleted(
            conv=core.conv,
            seq=core.state.head + 1,
            at=core.services.clock.now_ms(),
            id=message.id,
            by=core.actor(who, message.by.actor),
        )
        self._journal.append(event, reply, self._clock())

    async def react(self, message: React, reply: Reply) -> None:
        """Put an emoji on a message, or take it off."""
        core = self._core
        who = message.by.who
        check_takes_part(core.state, message.by)
        known = await self._known(message.id)
        check_still_there(known)
        if ((who, message.emoji) in known.reactions) == message.on:
            self._journal.nothing_to_do(reply)
            return
        event = Reacted(
            conv=core.conv,
            seq=core.state.head + 1,
            at=core.services.clock.now_ms(),
            id=message.id,
            by=core.actor(who, message.by.actor),
            emoji=message.emoji,
            on=message.on,
        )
        self._journal.append(event, reply, self._clock())

    def _said_before(self, key: CidKey, reply: Reply) -> bool:
        """Answer a message that is on its way, or was among the last."""
        core = self._core
        entry = core.pending.publishing(key)
        if entry is not None:
            entry.repeat(reply)
            return True
        at = core.cids.get(key)
        if at is not None:
            reply.answer(duplicate(core.conv, at))
        return at is not None

    async def _known(self, message_id: int, field: str = "id") -> KnownMessage:
        """The message as of the log's `head`. Only what is committed can be referred to."""
        core = self._core
        known = core.known.get(message_id)
        if known is not None:
            return known
        record = await core.services.library.message(core.conv, message_id)
        if record is None:
            raise NotDone(not_found("message", field))
        return core.known.learn(record, core.pending.about(message_id))


def html_of(message: Publish | Edit, markup: Markup) -> str | None:
    """What is shown in place of the body: what it came with, or its markdown; None where the text says it all."""
    return markup.render(message.body) if message.html is None else message.html or None


def check_still_there(known: KnownMessage) -> None:
    """A deleted message is not changed any more."""
    if known.deleted:
        raise NotDone(conflict("the message was deleted"))
