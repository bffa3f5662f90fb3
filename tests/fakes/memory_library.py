"""The in-memory `Library`: the plainest reading of the port, to compare the real one with."""

from collections.abc import Iterable, Sequence

import trio
from msgspec.structs import replace

from actors.ports import Listing, Page, StoreUnavailable
from actors.values import CidKey, ConversationRecord, Counts, MessageRecord, Posted, Put, Who
from protocol.frames import (
    Actor,
    AnyEvent,
    Deleted,
    Edited,
    Members,
    Message,
    Reacted,
    Reaction,
    Renamed,
    StoredMessage,
    UserView,
)
from storage.text import fold, words
from tests.fakes.memory_accounts import MemoryAccounts
from tests.fakes.memory_rooms import Room, Rooms, who


class MemoryLibrary:
    """The `Library` port over `Rooms`. Every call passes one checkpoint, as the real one does."""

    def __init__(self, rooms: Rooms, accounts: MemoryAccounts) -> None:
        self.unreadable = False
        self._rooms = rooms
        self._accounts = accounts

    async def conversation(self, conv: int) -> ConversationRecord | None:
        await self._visit()
        room = self._rooms.get(conv)
        if room is None:
            return None
        members = [replace(member, actor=self._today(member.actor)) for member in room.members.values()]
        return replace(room.record, members=members)

    async def events(self, conv: int, after: int, limit: int) -> list[AnyEvent]:
        await self._visit()
        room = self._rooms.get(conv)
        return [self._replayed(room, event) for event in room.log[after : after + limit]] if room else []

    async def message(self, conv: int, message_id: int) -> MessageRecord | None:
        await self._visit()
        room = self._rooms.get(conv)
        message = room.messages.get(message_id) if room else None
        if room is None or message is None:
            return None
        return MessageRecord(self._current(message), list(room.reactions.get(message_id, ())))

    async def shown(self, viewer: Who, conv: int, message_id: int) -> StoredMessage | None:
        await self._visit()
        room = self._rooms.get(conv)
        if room is None or viewer not in room.members or message_id not in room.messages:
            return None
        return self._stored(room, room.messages[message_id])

    async def cids(self, conv: int, keys: Sequence[CidKey]) -> dict[CidKey, Posted]:
        await self._visit()
        room = self._rooms.get(conv)
        return {key: room.cids[key] for key in keys if key in room.cids} if room else {}

    async def direct(self, direct_key: str) -> int | None:
        await self._visit()
        return self._rooms.direct.get(direct_key)

    async def counts(self, who: Who, upto: Sequence[tuple[int, int, int]]) -> dict[int, Counts]:
        await self._visit()
        return {conv: self._count(who, conv, read, head) for conv, read, head in upto}

    async def person_spoke(self, conv: int) -> int:
        await self._visit()
        room = self._rooms.get(conv)
        seqs = [message.seq for message in room.messages.values() if message.sender.kind == "user"] if room else []
        return max(seqs, default=0)

    async def memberships(self, who: Who) -> list[int]:
        await self._visit()
        return sorted(room.id for room in self._rooms if who in room.members)

    async def history(
        self, viewer: Who, conv: int, *, before: int | None, after: int | None, limit: int
    ) -> Page | None:
        await self._visit()
        room = self._rooms.get(conv)
        if room is None or not self._sees(viewer, room):
            return None
        return self._page(room, list(room.messages.values()), before, after, limit)

    async def listing(
        self, viewer: Who, conv: int, *, before: int | None, after: int | None, limit: int
    ) -> Listing | None:
        await self._visit()
        room = self._rooms.get(conv)
        if room is None or not self._sees(viewer, room):
            return None
        standing = [message for message in room.messages.values() if not message.deleted]
        return Listing(*self._page(room, standing, before, after, limit), len(standing))

    async def put_on(self, who_: Who, conv: int, message_id: int) -> list[Put]:
        await self._visit()
        room = self._rooms.get(conv)
        if room is None or message_id not in room.messages:
            return []
        put = {
            event.emoji: Put(event.seq, event.emoji, event.at)
            for event in room.log
            if isinstance(event, Reacted) and event.on and (event.id, who(event.by)) == (message_id, who_)
        }
        return sorted(put[emoji] for by, emoji in room.reactions.get(message_id, ()) if by == who_)

    async def search(self, viewer: Who, q: str, *, conv: int | None, before: int | None, limit: int) -> Page | None:
        await self._visit()
        rooms = [room for room in self._rooms if self._sees(viewer, room) and conv in (None, room.id)]
        if conv is not None and not rooms:
            return None
        parts = words(q)
        found = [
            self._stored(room, message)
            for room in rooms
            for message in room.messages.values()
            if parts and all(part in fold(message.body) for part in parts)
            if before is None or message.id < before
        ]
        found.sort(key=lambda message: message.id)
        return Page(found[-limit:], len(found) > limit)

    async def open_conversations(self, q: str, limit: int) -> list[ConversationRecord]:
        await self._visit()
        found = [room.record for room in self._rooms if room.kind == "open" and fold(q) in fold(room.name or "")]
        return [replace(record, members=[]) for record in found[:limit]]

    async def actors(self, whos: Iterable[Who]) -> dict[Who, Actor]:
        await self._visit()
        callers = {who: self._accounts.living(who) for who in whos}
        return {who: caller.actor for who, caller in callers.items() if caller is not None and not caller.is_guest}

    async def users(self, q: str, limit: int) -> list[UserView]:
        await self._visit()
        views = self._accounts.user_views()
        return [view for view in views if fold(q) in fold(view.name) or fold(q) in fold(view.username)][:limit]

    async def _visit(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.unreadable:
            raise StoreUnavailable("the database cannot be read", 500)

    def _sees(self, viewer: Who, room: Room) -> bool:
        caller = self._accounts.living(viewer)
        is_guest = caller is not None and caller.is_guest
        return viewer in room.members or (room.visible_to(viewer) and not is_guest)

    def _today(self, actor: Actor) -> Actor:
        return replace(actor, name=self._accounts.name_of(who(actor)) or actor.name)

    def _current(self, message: Message) -> Message:
        mentions = [self._today(actor) for actor in message.mentions] if message.mentions else None
        return replace(message, sender=self._today(message.sender), mentions=mentions)

    def _replayed(self, room: Room, event: AnyEvent) -> AnyEvent:
        match event:
            case Message():
                return self._current(room.messages[event.id])
            case Edited():
                now = room.messages[event.id]
                return replace(event, by=self._today(event.by), body=now.body, html=now.html)
            case Members():
                added, removed = ([self._today(actor) for actor in side] for side in (event.added, event.removed))
                return replace(event, by=self._today(event.by), added=added, removed=removed)
            case Deleted() | Reacted() | Renamed():
                return replace(event, by=self._today(event.by))

    def _page(self, room: Room, messages: list[Message], before: int | None, after: int | None, limit: int) -> Page:
        found = [
            self._stored(room, message)
            for message in messages
            if (before is None or message.id < before) and (after is None or message.id > after)
        ]
        return Page(found[:limit] if after is not None else found[-limit:], len(found) > limit)

    def _stored(self, room: Room, message: Message) -> StoredMessage:
        now = self._current(message)
        reactions = [
            Reaction(emoji, self._today(Actor(by.kind, by.id, ""))) for by, emoji in room.reactions.get(message.id, ())
        ]
        return StoredMessage(
            **{name: getattr(now, name) for name in now.__struct_fields__},
            reactions=reactions or None,
        )

    def _count(self, who_: Who, conv: int, read: int, head: int) -> Counts:
        room = self._rooms.get(conv)
        others = [
            message
            for message in (room.messages.values() if room else ())
            if read < message.seq <= head and who(message.sender) != who_
        ]
        mentions = [message for message in others if who_ in map(who, message.mentions or ())]
        return Counts(len(others), len(mentions))
