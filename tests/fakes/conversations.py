"""A conversation kind without a log: it remembers what it was told and answers as it is scripted.

Unscripted it does the least that a session needs: members get a place and are caught up at once, everything else is
`Changed(seq=7)`. A script entry, by message type, is an outcome, an exception to raise, or a function of
conversation, message and reply.
"""

from collections import defaultdict
from typing import Any

from actors.messages import conversation as to
from actors.messages.outcomes import Changed, Described, Done, NotMember, Published
from actors.messages.session import CaughtUp
from actors.runtime.actor import Actor, Context
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.runtime.restarts import RestartPolicy
from actors.switchboard import Switchboard
from protocol.frames import ConversationKind, Summary
from tests.fakes.memory_rooms import Rooms

Script = dict[type, Any]


class FakeConversations:
    """All conversations of a test. `told`: what each was told, in order; `scripts`: what one does instead."""

    def __init__(self, rooms: Rooms, switchboard: Switchboard) -> None:
        self.rooms = rooms
        self.switchboard = switchboard
        self.told: defaultdict[int, list[to.Message]] = defaultdict(list)
        self.scripts: defaultdict[int, Script] = defaultdict(dict)
        self.counted = True

    def kind(self, mailbox_limit: int = 1_024) -> Kind[to.AnyConversationMessage]:
        return Kind(
            name="conversation",
            factory=lambda context: FakeConversation(context, self),
            messages=to.AnyConversationMessage,
            mailbox_limit=mailbox_limit,
            restart=RestartPolicy(limit=2),
        )

    def told_of(self, conv: int, kind: type) -> list[Any]:
        """What the conversation was told of this type."""
        return [message for message in self.told[conv] if isinstance(message, kind)]

    def listeners(self, conv: int) -> list[str]:
        """The sessions that have a place."""
        return list(self.switchboard.owners(conv))

    def described(self, conv: int, message: to.Subscribe | to.Describe) -> Described | NotMember:
        """What a member is answered; a `Subscribe` gets its place as well."""
        room = self.rooms.get(conv)
        if room is None or message.by.who not in room.members:
            return NotMember()
        if isinstance(message, to.Subscribe):
            self._place(conv, message)
        return self.summary(conv, room.kind, room.name, len(room.members))

    def summary(self, conv: int, kind: ConversationKind, name: str | None, size: int) -> Described:
        """A conversation whose log has one event."""
        summary = Summary(id=conv, kind=kind, name=name, epoch=1, seq=1, read=0, unread=0, mentions=0)
        return Described(summary=summary, size=size, counted=self.counted, count_mark=3)

    def _place(self, conv: int, message: to.Subscribe) -> None:
        session = self.switchboard.sessions.get(message.session)
        if session is not None:
            self.switchboard.room(conv).hold(message.session, message.by.who, session.outbox, 1)


class FakeConversation(Actor[to.AnyConversationMessage]):
    """One of them."""

    def __init__(self, context: Context, stage: FakeConversations) -> None:
        self._context = context
        self._conv = int(context.address.key)
        self._stage = stage

    async def receive(self, message: to.AnyConversationMessage, reply: Reply) -> None:
        self._stage.told[self._conv].append(message)
        scripted = self._stage.scripts[self._conv].get(type(message))
        if isinstance(scripted, Exception):
            raise scripted
        if callable(scripted):
            await scripted(self._conv, message, reply)
        else:
            reply.answer(scripted or self._answer(message))

    def _answer(self, message: to.AnyConversationMessage) -> object:
        match message:
            case to.Subscribe() | to.Describe():
                return self._stage.described(self._conv, message)
            case to.CatchUp(session=session):
                return self._catch_up(session)
            case to.Unsubscribe(session=session):
                self._stage.switchboard.room(self._conv).forget(session)
                return Done()
            case to.Publish():
                return Published(conv=self._conv, seq=7, id=70, at=700)
            case to.Found(kind=kind, name=name):
                return self._stage.summary(self._conv, kind, name, 1)
            case to.Advance() | to.Type():
                return Done()
            case _:
                return Changed(seq=7)

    def _catch_up(self, session: str) -> Done | NotMember:
        if session not in self._stage.switchboard.owners(self._conv):
            return NotMember()
        self._context.ref("session", session).tell(CaughtUp(conv=self._conv), urgent=True)
        return Done()
