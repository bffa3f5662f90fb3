"""ChatPion's accounts in memory: the ports `Tenants`, `Subscribers`, `SocialAccounts`, `Letters` and `Hooks`.

chatpion = MemoryChatPion(store, clock.now_ms)
account = chatpion.account("Acme")
subscriber = chatpion.subscriber(account, "+49")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import trio
from msgspec.structs import asdict, replace

from actors.chatpion.ports import LetterPage, NewLetter, NewReply, NewSubscriber, Saved, Standing, Target, Unfinished
from actors.chatpion.values import Account, Letter, SocialAccount, SocialSecrets, Subscriber
from actors.ports import Clock, Outbound, StoreUnavailable
from actors.subscriber.ports import Revoker, SubscriberPorts
from actors.values import Who
from actors.webhook.connectors import Graph, Webhooks
from actors.webhook.outside import Outside, Way
from tests.fakes.memory_attachments import MemoryLinks
from tests.fakes.memory_store import MemoryStore
from tests.fakes.quiet import Quiet

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


class MemoryChatPion:
    """Everything, by port. While `unreadable`, no call of a port is served."""

    def __init__(self, store: MemoryStore, now_ms: Callable[[], int]) -> None:
        self.store = store
        self.now_ms = now_ms
        self.unreadable = False
        self.tenants = MemoryTenants(self)
        self.subscribers = MemorySubscribers(self)
        self.social = MemorySocialAccounts(self)
        self.letters = MemoryLetters(self)
        self.hooks = MemoryHooks(self)

    def account(self, name: str = "Acme") -> Account:
        """An account with its bot."""
        bot = self.store.add_bot(name)
        number = len(self.tenants.rows) + 1
        made = Account(id=number, name=name, email=None, plan="free", bot=bot.id, created_at=0, updated_at=0)
        self.tenants.rows[number] = made
        self.store.accounts.speakers |= {bot.id}
        return made

    def subscriber(self, account: Account, platform_id: str = "1", *, platform: str = "hub", **more: Any) -> Subscriber:
        """A subscriber with its guest and its conversation."""
        guest = self.store.add_user(f"{platform}-{platform_id}")
        bot = self.store.accounts.living(Who("bot", account.bot))
        assert bot is not None
        conv = self.store.add_conversation("closed", [guest, bot])
        given = {"name": None, "email": None, "tags": (), "fields": {}} | more
        made = Subscriber(
            id=len(self.subscribers.rows) + 1,
            account=account.id,
            platform=platform,
            platform_id=platform_id,
            conv=conv,
            user=guest.id,
            subscribed_at=self.now_ms(),
            **given,
        )
        self.subscribers.rows[made.id] = made
        return made

    def ports(self, revoker: Revoker, clock: Clock) -> SubscriberPorts:
        """What subscribers' actors need."""
        return SubscriberPorts(
            owners=self.tenants,
            subscribers=self.subscribers,
            connections=self.social,
            letters=self.letters,
            library=self.store.library,
            attachments=self.store.attachments,
            revoker=revoker,
            clock=clock,
            flows=lambda _: Quiet(self.letters),
            platforms=frozenset({"hub", "webhook", "facebook"}),
            public_url="https://hub.example",
        )

    def outside(self, outbound: Outbound) -> Outside:
        """What webhooks need, calling everybody by this."""
        return Outside(
            hooks=self.hooks,
            shops=self.hooks,
            events=outbound,
            social_accounts=self.social,
            attachments=self.store.attachments,
            signer=MemoryLinks(),
            ways={
                "webhook": Way(Webhooks(), outbound),
                "facebook": Way(Graph("https://graph.example/v1"), outbound),
            },
            base_url="https://hub.example/",
            flows=outbound,
            owners=self.tenants,
            staff=NoStaff(),
            library=self.store.library,
        )

    async def visit(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.unreadable:
            raise StoreUnavailable("the store is away", 100)


class NoStaff:
    """Flows hand over to nobody."""

    async def called(self, usernames: Sequence[str]) -> list[Who]:
        return []

    async def in_charge(self, bot: int) -> list[Who]:
        return []


class MemoryTenants:
    """As much of the `Tenants` port as subscribers need."""

    def __init__(self, whole: MemoryChatPion) -> None:
        self._whole = whole
        self.rows: dict[int, Account] = {}

    async def account(self, id: int) -> Account | None:
        await self._whole.visit()
        return self.rows.get(id)


class MemorySubscribers:
    """As much of the `Subscribers` port as their actors need."""

    def __init__(self, whole: MemoryChatPion) -> None:
        self._whole = whole
        self.rows: dict[int, Subscriber] = {}

    async def by_conversation(self, conv: int) -> Subscriber | None:
        await self._whole.visit()
        return next((row for row in self.rows.values() if row.conv == conv), None)

    async def subscriber(self, account: int, id: int) -> Subscriber | None:
        await self._whole.visit()
        row = self.rows.get(id)
        return row if row is not None and row.account == account and row.deleted_at is None else None

    async def known(self, account: int, platform: str, platform_id: str) -> Subscriber | None:
        await self._whole.visit()
        place = (account, platform, platform_id)
        return next((row for row in self.rows.values() if (row.account, row.platform, row.platform_id) == place), None)

    async def upsert(self, account: Account, new: NewSubscriber, now: int) -> Saved:
        found = await self.known(account.id, new.platform, new.platform_id)
        made = found or self._whole.subscriber(account, new.platform_id, platform=new.platform)
        return Saved(made, "created" if found is None else "unchanged")

    async def delete(self, account: int, id: int, now: int) -> Subscriber | None:
        row = await self.subscriber(account, id)
        if row is not None:
            self.rows[id] = replace(row, deleted_at=now)
        return row


class MemorySocialAccounts:
    """As much of the `SocialAccounts` port as messages need."""

    def __init__(self, whole: MemoryChatPion) -> None:
        self._whole = whole
        self.rows: dict[int, SocialAccount] = {}
        self.kept: dict[int, SocialSecrets] = {}

    def connect(self, account: Account, platform: str, *, url: str | None = None, token: str = SECRET) -> SocialAccount:
        number = len(self.rows) + 1
        made = SocialAccount(
            id=number, account=account.id, platform=platform, name=None, url=url, status="active", connected_at=0
        )
        secrets = SocialSecrets(access_token=token, app_secret="app", verify_token="verify")
        self.rows[number], self.kept[number] = made, secrets
        return made

    async def social_account(self, id: int) -> SocialAccount | None:
        await self._whole.visit()
        return self.rows.get(id)

    async def active(self, account: int, platform: str) -> SocialAccount | None:
        await self._whole.visit()
        mine = [row for row in self.rows.values() if (row.account, row.platform) == (account, platform)]
        return mine[-1] if mine else None

    async def secrets(self, id: int) -> SocialSecrets | None:
        await self._whole.visit()
        return self.kept.get(id)


class MemoryLetters:
    """The `Letters` port. `events` is what accounts were told, as pairs of event and message, in order."""

    def __init__(self, whole: MemoryChatPion) -> None:
        self._whole = whole
        self.rows: dict[int, Letter] = {}
        self.events: list[tuple[str, int]] = []

    async def queue_once(self, new: NewLetter, broadcast: int) -> Letter | None:
        for row in self.rows.values():
            if (row.broadcast, row.subscriber) == (broadcast, new.subscriber):
                return row
        return await self.queue(new)

    async def queue(self, new: NewLetter) -> Letter:
        await self._whole.visit()
        given = asdict(new)
        at, error, _ = given.pop("at"), given.pop("error"), given.pop("links")
        letter = Letter(id=len(self.rows) + 1, direction="out", state="queued", sent_at=at, **given)
        self.rows[letter.id] = letter
        return letter if error is None else self._step(replace(letter, state="failed", error=error, failed_at=at))

    async def standing(self, subscriber: int) -> Standing:
        await self._whole.visit()
        queued = [row for row in self._of(subscriber) if row.state == "queued"]
        return Standing(queued, *self._marks(subscriber))

    async def attached(self, letter: int, file: int) -> None:
        await self._whole.visit()
        self.rows[letter] = replace(self.rows[letter], file=file)

    async def sent(self, letter: int, *, seq: int, message: int, at: int) -> Letter:
        await self._whole.visit()
        row = self.rows[letter]
        if row.state != "queued":
            return row
        return self._step(replace(row, state="sent", seq=seq, message=message, sent_at=at))

    async def fail(self, letter: int, error: str, at: int) -> Letter:
        await self._whole.visit()
        row = self.rows[letter]
        if row.state not in ("queued", "sent"):
            return row
        return self._step(replace(row, state="failed", error=error, failed_at=at))

    async def mark(self, subscriber: int, *, received: int, read: int, at: int) -> list[Letter]:
        await self._whole.visit()
        found = []
        for row in self._of(subscriber):
            if row.seq is not None and row.direction == "out" and row.seq <= received and row.state != "failed":
                risen = self._rise(row, is_read=row.seq <= read, at=at)
                found += [risen] if risen != row else []
        return found

    async def told(self, letter: int, state: Literal["delivered", "read"], at: int) -> Letter | None:
        await self._whole.visit()
        row = self.rows.get(letter)
        return None if row is None else self._rise(row, is_read=state == "read", at=at)

    async def hear(self, new: NewReply) -> Letter | None:
        await self._whole.visit()
        if any(row.message == new.message and row.direction == "in" for row in self.rows.values()):
            return None
        given = asdict(new)
        at = given.pop("at")
        letter = Letter(
            id=len(self.rows) + 1, direction="in", state="read", body=new.text, sent_at=at, read_at=at, **given
        )
        self.rows[letter.id] = letter
        return letter

    async def letter(self, account: int, id: int) -> Letter | None:
        await self._whole.visit()
        row = self.rows.get(id)
        return row if row is not None and row.account == account and row.state != "queued" else None

    async def page(self, account: int, *, page: int, limit: int, **wanted: Any) -> LetterPage:
        await self._whole.visit()
        mine = [row for row in self.rows.values() if row.account == account and row.state != "queued"]
        return LetterPage(len(mine), mine[(page - 1) * limit : page * limit])

    async def unfinished(self, after: int, limit: int) -> list[Unfinished]:
        await self._whole.visit()
        subscribers = sorted(self._whole.subscribers.rows.values(), key=lambda each: each.conv)
        found = [Unfinished(each.conv, each.user, *self._marks(each.id)) for each in subscribers if each.conv > after]
        return found[:limit]

    def _of(self, subscriber: int) -> list[Letter]:
        return [row for row in self.rows.values() if row.subscriber == subscriber]

    def _marks(self, subscriber: int) -> tuple[int, int]:
        row = self._whole.subscribers.rows[subscriber]
        room = self._whole.store.rooms.get(row.conv)
        seat = None if room is None else room.members.get(Who("user", row.user))
        return (0, 0) if seat is None else (seat.received, seat.read)

    def _rise(self, row: Letter, *, is_read: bool, at: int) -> Letter:
        if row.state == "sent":
            row = self._step(replace(row, state="delivered", delivered_at=at))
        if is_read and row.state == "delivered":
            row = self._step(replace(row, state="read", read_at=at))
        return row

    def _step(self, row: Letter) -> Letter:
        self.rows[row.id] = row
        self.events.append((row.state, row.id))
        return row


class MemoryHooks:
    """As much of the `Hooks` port as deliveries need."""

    def __init__(self, whole: MemoryChatPion) -> None:
        self._whole = whole
        self.targets: dict[int, Target] = {}

    async def target(self, id: int) -> Target | None:
        await self._whole.visit()
        return self.targets.get(id)
