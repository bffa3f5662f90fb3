"""One storage under test, real or in memory, with the few moves that every test makes."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import trio

from actors.chatpion.ports import NewSubscriber
from actors.messages.changes import AnyChange, Append, Found, Hook, SaveMarks
from actors.messages.conversation import CommitFailed, Committed
from actors.ports import (
    Accounts,
    Addresses,
    BotFiles,
    BotSettings,
    Bridges,
    Commands,
    Library,
    Log,
    Numbers,
    Outbox,
    Presences,
    Records,
    Views,
)
from actors.values import BotLog, BotMessage, Caller, Mark, Who, direct_key
from protocol.frames import (
    AnyEvent,
    ConversationKind,
    Deleted,
    Edited,
    Members,
    Message,
    Reacted,
    Renamed,
)
from storage import NewUser, ProvisionFile, Storage, open_storage
from tests.fakes.memory_store import MemoryStore

Notice = Committed | CommitFailed


class Subject:
    """A storage, what it has told, and the next `seq` of every conversation that was founded through here."""

    commands: Commands
    presences: Presences
    bot_logs: Records[BotLog]
    bot_messages: Records[BotMessage]
    bot_files: BotFiles
    bot_settings: BotSettings
    bridges: Bridges
    addresses: Addresses

    def __init__(
        self, log: Log, library: Library, accounts: Accounts, numbers: Numbers, outbox: Outbox, views: Views
    ) -> None:
        self.log = log
        self.library = library
        self.accounts = accounts
        self.numbers = numbers
        self.outbox = outbox
        self.views = views
        self.told: list[tuple[int, Notice]] = []
        self.term = 1
        self._heads: dict[int, int] = {}
        self._at = 1_000

    def hear(self, conv: int, notice: Notice) -> None:
        self.told.append((conv, notice))

    async def user(self, username: str, *, name: str | None = None, role: str = "user") -> Caller:
        raise NotImplementedError

    async def guest(self, name: str) -> Caller:
        """Somebody who sees one conversation only."""
        raise NotImplementedError

    async def indexed(self) -> None:
        """Wait until the full-text index has everything."""

    async def bot(self, name: str, owner: Caller) -> Caller:
        bot = self.numbers.bot()
        await self.accounts.create_bot(bot, owner, name=name, webhook_url=None, avatar=None, description=None)
        return Caller("bot", bot, name, "bot")

    async def room(self, *members: Caller, kind: ConversationKind = "closed", name: str | None = None) -> int:
        conv = self.numbers.conversation()
        await self.commit(self.found(conv, *members, kind=kind, name=name))
        return conv

    def found(self, conv: int, *members: Caller, kind: ConversationKind = "closed", name: str | None = None) -> Found:
        key = direct_key(member.who for member in members) if kind == "direct" else None
        actors = [member.actor for member in members]
        event = Members(conv=conv, seq=self._next(conv), at=self._now(), added=actors, removed=[], by=actors[0])
        return Found(conv=conv, term=self.term, kind=kind, name=name, epoch=7, direct_key=key, event=event, admins=[0])

    def message(
        self,
        conv: int,
        sender: Caller,
        body: str,
        *,
        cid: str | None = None,
        html: str | None = None,
        mentions: list[Caller] | None = None,
        reply_to: int | None = None,
    ) -> Message:
        fresh = self.numbers.message()
        return Message(
            conv=conv,
            seq=self._next(conv),
            at=self._now(),
            id=fresh,
            sender=sender.actor,
            body=body,
            cid=cid or f"cid-{fresh}",
            html=html,
            mentions=[caller.actor for caller in mentions] if mentions else None,
            reply_to=reply_to,
        )

    def append(self, event: AnyEvent, hooks: list[Hook] | None = None) -> Append:
        return Append(conv=event.conv, term=self.term, event=event, hooks=hooks)

    async def commit(self, *changes: AnyChange) -> None:
        for change in changes:
            self.log.submit(change)
        for change in changes:
            await self.log.settled(change.conv)

    async def post(
        self,
        conv: int,
        sender: Caller,
        body: str,
        *,
        html: str | None = None,
        mentions: list[Caller] | None = None,
        reply_to: int | None = None,
    ) -> Message:
        event = self.message(conv, sender, body, html=html, mentions=mentions, reply_to=reply_to)
        await self.commit(self.append(event))
        return event

    async def edit(self, conv: int, message: int, by: Caller, body: str, html: str | None = None) -> None:
        event = Edited(conv=conv, seq=self._next(conv), at=self._now(), id=message, by=by.actor, body=body, html=html)
        await self.commit(self.append(event))

    async def delete(self, conv: int, message: int, by: Caller) -> None:
        event = Deleted(conv=conv, seq=self._next(conv), at=self._now(), id=message, by=by.actor)
        await self.commit(self.append(event))

    async def react(self, conv: int, message: int, by: Caller, emoji: str, *, on: bool = True) -> None:
        await self.commit(self.append(self.reaction(conv, message, by, emoji, on=on)))

    def reaction(self, conv: int, message: int, by: Caller, emoji: str, *, on: bool = True) -> Reacted:
        return Reacted(conv=conv, seq=self._next(conv), at=self._now(), id=message, by=by.actor, emoji=emoji, on=on)

    async def move(
        self, conv: int, by: Caller, *, added: Sequence[Caller] = (), removed: Sequence[Caller] = ()
    ) -> None:
        await self.commit(self.append(self.moves(conv, by, added=added, removed=removed)))

    def moves(self, conv: int, by: Caller, *, added: Sequence[Caller] = (), removed: Sequence[Caller] = ()) -> Members:
        return Members(
            conv=conv,
            seq=self._next(conv),
            at=self._now(),
            added=[caller.actor for caller in added],
            removed=[caller.actor for caller in removed],
            by=by.actor,
        )

    async def rename(self, conv: int, by: Caller, name: str) -> None:
        event = Renamed(conv=conv, seq=self._next(conv), at=self._now(), name=name, by=by.actor)
        await self.commit(self.append(event))

    async def mark(self, conv: int, who: Who, *, read: int, received: int) -> None:
        await self.commit(SaveMarks(conv=conv, term=self.term, marks=[Mark(who, read, received)]))

    def head(self, conv: int) -> int:
        return self._heads.get(conv, 0)

    def rewind(self, conv: int, head: int) -> None:
        """Go on after `head`, under a new term, as a conversation does after a failure."""
        self._heads[conv] = head
        self.term += 1

    def _next(self, conv: int) -> int:
        self._heads[conv] = self._heads.get(conv, 0) + 1
        return self._heads[conv]

    def _now(self) -> int:
        self._at += 1
        return self._at


class MemorySubject(Subject):
    def __init__(self) -> None:
        self.store = MemoryStore(self.hear)
        store = self.store
        super().__init__(store.log, store.library, store.accounts, store.numbers, store.outbox, store.views)
        self.commands, self.presences = store.commands, store.presences
        self.bot_logs, self.bot_messages, self.bot_files = store.bot_logs, store.bot_messages, store.bot_files
        self.bot_settings = self.bridges = store.bot_settings
        self.addresses = store.accounts

    async def user(self, username: str, *, name: str | None = None, role: str = "user") -> Caller:
        return self.store.add_user(username, name=name, role=role)

    async def guest(self, name: str) -> Caller:
        return self.store.add_user(f"guest {name}", name=name, role="guest")


class RealSubject(Subject):
    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        super().__init__(storage.log, storage.library, storage.accounts, storage.numbers, storage.outbox, storage.views)
        self.commands, self.presences = storage.commands, storage.presences
        self.bot_logs, self.bot_messages, self.bot_files = storage.bot_logs, storage.bot_messages, storage.bot_files
        self.bot_settings = self.bridges = storage.bot_settings
        self.addresses = storage.addresses

    async def user(self, username: str, *, name: str | None = None, role: str = "user") -> Caller:
        new = NewUser(username=username, fullname=name, role="admin" if role == "admin" else "user")
        await self.storage.provisioning.provision(ProvisionFile(users=[new]))
        found = await self.accounts.by_username(username)
        assert found is not None
        return found[0]

    async def guest(self, name: str) -> Caller:
        kept = self.storage.chatpion
        account = await kept.tenants.by_name("Example") or await kept.tenants.create(name="Example")
        saved = await kept.subscribers.upsert(account, NewSubscriber(platform="hub", platform_id=name), 1_000)
        return Caller("user", saved.subscriber.user, name, "guest")

    async def indexed(self) -> None:
        while self.storage.statistics().search_backlog:  # noqa: ASYNC110 — it works at its ease and tells nobody
            await trio.sleep(0.02)


@contextlib.asynccontextmanager
async def real_subject(directory: Path, **options: Any) -> AsyncIterator[RealSubject]:
    subjects: list[RealSubject] = []
    async with open_storage(
        directory, report=lambda conv, notice: subjects[0].hear(conv, notice), **options
    ) as storage:
        subjects.append(RealSubject(storage))
        yield subjects[0]
