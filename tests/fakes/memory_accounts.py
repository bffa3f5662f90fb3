"""The in-memory `Accounts`. Its secrets are told apart at a glance: `token-ci`, `access-ci`, `2-ci`, `whsec_ci`."""

import itertools
from dataclasses import dataclass, field
from typing import get_args

import trio
from msgspec.structs import replace

from actors.bridging import TO_BOT, TO_ROOM, Bridge
from actors.ports import NameTaken, StoreUnavailable
from actors.values import BotLogin, BotSecrets, Caller, Lane, Receiver, Who, user_role
from protocol.frames import BotView, Credential, JsonReply, UserView

CREDENTIALS = get_args(Credential)


@dataclass
class User:
    id: int
    username: str
    name: str
    role: str
    password_hash: str | None
    token: str
    created_at: int = 1
    email: str | None = None
    fullname: str | None = None
    phone: str | None = None
    birthday: str | None = None
    gender: str | None = None
    last_login: int | None = None
    deleted: bool = False


@dataclass
class Bot:
    view: BotView
    deleted: bool = False
    turns: int = 0
    secrets: dict[Credential, str] = field(default_factory=dict)
    ids: dict[Credential, int] = field(default_factory=dict)
    metadata: str | None = None


class MemoryAccounts:
    """The `Accounts` port over plain dictionaries."""

    def __init__(self) -> None:
        self.unreadable = False
        self.bridges: dict[int, list[Bridge]] = {}
        self.speakers: frozenset[int] = frozenset()
        self.shops: frozenset[int] = frozenset()
        self._ids = itertools.count(1)
        self._users: dict[int, User] = {}
        self._bots: dict[int, Bot] = {}

    def add_user(self, username: str, *, name: str, role: str, password_hash: str | None) -> Caller:
        user = User(len(self._users) + 1, username, name, role, password_hash, f"token-{username}")
        self._users[user.id] = user
        return _user_caller(user)

    def add_bot(self, bot: int, name: str, owner: Caller | None) -> Caller:
        view = BotView(
            id=bot,
            name=name,
            owner=owner.actor if owner else None,
            webhook_url=None,
            avatar=None,
            description=None,
            created_at=1,
        )
        self._bots[bot] = Bot(view)
        for credential in CREDENTIALS:
            self._keep(bot, credential, name)
        return _bot_caller(view)

    def give_secret(self, bot: int, credential: Credential, secret: str) -> None:
        """Let the bot have this very secret."""
        self._bots[bot].secrets[credential] = secret

    def forget_secret(self, bot: int, credential: Credential) -> None:
        """Be as if the bot's secret were from before it was kept."""
        del self._bots[bot].secrets[credential]

    def name_of(self, who: Who) -> str | None:
        """The name of someone who exists or once did."""
        if who.kind == "user":
            return self._users[who.id].name if who.id in self._users else None
        return self._bots[who.id].view.name if who.id in self._bots else None

    def users(self) -> list[User]:
        """Those who have an account; guests have none."""
        return [user for user in self._users.values() if not user.deleted and user.role != "guest"]

    def user(self, user: int) -> User:
        """The user. Raises LookupError."""
        found = self._users.get(user)
        if found is None or found.deleted:
            raise LookupError(f"no user {user}")
        return found

    def metadata(self, bot: int) -> str | None:
        """What is known of a bot, as JSON."""
        return self._bots[bot].metadata

    def living(self, who: Who) -> Caller | None:
        if who.kind == "user":
            user = self._users.get(who.id)
            return _user_caller(user) if user and not user.deleted else None
        bot = self._bots.get(who.id)
        return _bot_caller(bot.view) if bot and not bot.deleted else None

    def user_views(self) -> list[UserView]:
        return [_user_view(user) for user in self.users()]

    async def by_token(self, token: str) -> Caller | None:
        await self.visit()
        users = [_user_caller(user) for user in self._users.values() if user.token == token and not user.deleted]
        bots = [_bot_caller(bot.view) for bot in self._bots.values() if bot.secrets.get("token") == token]
        return next(iter(users + bots), None)

    async def by_key_access(self, key: str) -> BotLogin | None:
        return await self._login("key_access", key)

    async def by_bot_key(self, key: str) -> BotLogin | None:
        return await self._login("bot_key", key)

    async def by_bot_token(self, token: str) -> BotLogin | None:
        return await self._login("token", token)

    async def bot_token(self, bot: int) -> str | None:
        await self.visit()
        return self._bots[bot].secrets.get("token") if bot in self._bots else None

    async def credential_current(self, credential_id: int) -> bool:
        await self.visit()
        return any(credential_id in bot.ids.values() for bot in self._bots.values())

    async def by_username(self, username: str) -> tuple[Caller, str | None] | None:
        await self.visit()
        found = [user for user in self.users() if user.username == username]
        return (_user_caller(found[0]), found[0].password_hash) if found else None

    async def caller(self, who: Who) -> Caller | None:
        await self.visit()
        return self.living(who)

    async def password_hash(self, user: int) -> str | None:
        await self.visit()
        return self._users[user].password_hash if user in self._users else None

    async def create_bot(
        self,
        bot: int,
        owner: Caller,
        *,
        name: str,
        webhook_url: str | None,
        avatar: str | None,
        description: str | None,
        events_url: str | None = None,
        json_reply: JsonReply = "attach",
        metadata: str | None = None,
    ) -> BotView:
        await self.visit()
        self._check_free(owner.id, name)
        self.add_bot(bot, name, owner)
        self._bots[bot].metadata = metadata
        await self.update_bot(bot, {"webhook_url": webhook_url, "avatar": avatar, "description": description})
        await self.update_bot(bot, {"events_url": events_url, "json_reply": json_reply})
        view = self._bots[bot].view
        for credential in CREDENTIALS:
            view = replace(view, **{credential: self._renew(bot, credential)})
        return view

    async def bot(self, bot: int) -> BotView | None:
        await self.visit()
        found = self._bots.get(bot)
        return found.view if found and not found.deleted else None

    async def bots(self, owner: int | None) -> list[BotView]:
        await self.visit()
        views = [bot.view for bot in self._bots.values() if not bot.deleted]
        return [view for view in views if owner is None or (view.owner is not None and view.owner.id == owner)]

    async def update_bot(self, bot: int, changes: dict[str, str | None]) -> BotView:
        await self.visit()
        found, given = self._living_bot(bot), dict(changes)
        found.metadata = given.pop("metadata", found.metadata)
        if given.get("name", found.view.name) != found.view.name and found.view.owner is not None:
            self._check_free(found.view.owner.id, given["name"])
        found.view = replace(found.view, **given)
        return found.view

    async def delete_bot(self, bot: int) -> None:
        await self.visit()
        found = self._living_bot(bot)
        found.deleted = True
        found.secrets.clear()
        found.ids.clear()

    async def rotate_bot(self, bot: int, credential: Credential) -> BotView:
        await self.visit()
        return replace(self._living_bot(bot).view, **{credential: self._renew(bot, credential)})

    async def bot_secrets(self, bot: int) -> BotSecrets | None:
        await self.visit()
        found = self._bots.get(bot)
        if found is None or found.deleted:
            return None
        return BotSecrets(found.secrets["bot_key"], found.secrets["webhook_secret"])

    @property
    def receivers(self) -> frozenset[int]:
        """The `Addresses` port."""
        kinds = ("cordless", "events", TO_BOT, TO_ROOM)
        return frozenset(bot for bot in self._bots if any(self.lead(Lane(kind, bot)) for kind in kinds))

    def lead(self, lane: Lane) -> bool:
        """The `Addresses` port."""
        if lane.kind in (TO_BOT, TO_ROOM):
            return bool(self.bridges.get(lane.receiver))
        return self.receiver(lane) is not None

    def receiver(self, lane: Lane) -> Receiver | None:
        """Where calls of a lane go."""
        bot = self._bots.get(lane.receiver)
        if bot is None or bot.deleted:
            return None
        view = bot.view
        url = view.webhook_url if lane.kind == "cordless" else view.events_url
        if url is None:
            return None
        secret, key = bot.secrets["webhook_secret"], bot.secrets["bot_key"]
        return Receiver(_bot_caller(view), url, secret, key, view.json_reply == "ignore")

    async def rename_user(self, user: int, name: str) -> UserView:
        await self.visit()
        self._users[user].name = name
        return _user_view(self._users[user])

    async def set_password(self, user: int, password_hash: str) -> UserView:
        await self.visit()
        self._users[user].password_hash = password_hash
        return _user_view(self._users[user])

    def _check_free(self, owner: int, name: str | None) -> None:
        living = [bot.view for bot in self._bots.values() if not bot.deleted]
        if any(view.name == name and view.owner is not None and view.owner.id == owner for view in living):
            raise NameTaken("name")

    def _living_bot(self, bot: int) -> Bot:
        found = self._bots.get(bot)
        if found is None or found.deleted:
            raise LookupError(f"no bot {bot}")
        return found

    def _renew(self, bot: int, credential: Credential) -> str:
        found = self._living_bot(bot)
        found.turns += 1
        return self._keep(bot, credential, f"{found.view.name}-{found.turns}")

    def _keep(self, bot: int, credential: Credential, word: str) -> str:
        prefixes = {"token": "token-", "key_access": "access-", "bot_key": f"{bot}-", "webhook_secret": "whsec_"}
        found = self._bots[bot]
        found.secrets[credential] = prefixes[credential] + word
        found.ids[credential] = next(self._ids)
        return found.secrets[credential]

    async def _login(self, credential: Credential, secret: str) -> BotLogin | None:
        await self.visit()
        found = [bot for bot in self._bots.values() if bot.secrets.get(credential) == secret]
        return BotLogin(_bot_caller(found[0].view), found[0].ids[credential]) if found else None

    async def visit(self) -> None:
        """What every call begins with."""
        await trio.lowlevel.checkpoint()
        if self.unreadable:
            raise StoreUnavailable("the database cannot be read", 500)


def _user_caller(user: User) -> Caller:
    return Caller("user", user.id, user.name, user_role(user.role))


def _bot_caller(view: BotView) -> Caller:
    return Caller("bot", view.id, view.name, "bot")


def _user_view(user: User) -> UserView:
    return UserView(id=user.id, name=user.name, username=user.username, role=user.role)
