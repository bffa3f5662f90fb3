"""`/api/my-bots`: bots as their owners manage them; and all of them, for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from msgspec import UNSET, Struct, UnsetType
from quart import Response

from actors.messages.bot import CreateBot, DeleteBot, RotateBot, UpdateBot
from actors.messages.outcomes import BotSaved, Done
from actors.ports import Accounts, Numbers, People, Whereabouts
from http_edge.dialects.botmanager import input as checked
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.errors import Failed, expected, failed
from http_edge.dialects.botmanager.reading import kept_object
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.views import Bots, BotView, bot_view, bots_view
from http_edge.gateway import Gateway
from protocol.frames import BotView as NativeBot

UNSHOWN: Final = "This token was made before it could be shown again: regenerate it"


class NewBot(Struct, frozen=True):
    """A bot to be."""

    name: str
    metadata: dict[str, Any] | None = None


class BotChange(Struct, frozen=True):
    """What is to change; `metadata` is replaced as a whole."""

    name: str | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET


class Created(Struct, frozen=True):
    """A bot that was made."""

    bot_id: str
    token: str
    success: Literal[True] = True


class OneBot(Struct, frozen=True):
    """One bot."""

    bot: BotView


class Token(Struct, frozen=True):
    """What the bot signs in by, here and on the native protocol."""

    token: str


class NewToken(Struct, frozen=True):
    """What the bot signs in by from now on."""

    token: str
    success: Literal[True] = True


class MyBots:
    """The section of that name."""

    def __init__(
        self, *, people: People, accounts: Accounts, numbers: Numbers, whereabouts: Whereabouts, gateway: Gateway
    ) -> None:
        self._people = people
        self._accounts = accounts
        self._numbers = numbers
        self._whereabouts = whereabouts
        self._gateway = gateway

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes."""
        mine, one = "/api/my-bots", "/api/my-bots/<bot>"
        everywhere = Route(method="GET", rule="/api/admin/bots", access=Access.ADMINISTRATOR)
        return (
            Endpoint(route=_person("GET", mine), handler=self.index, answer=Bots),
            Endpoint(route=_person("POST", mine), handler=self.create, answer=Created, body=NewBot),
            Endpoint(route=_owner("GET", one), handler=self.show, answer=OneBot),
            Endpoint(route=_owner("PUT", one), handler=self.update, answer=wire.Success, body=BotChange),
            Endpoint(route=_owner("DELETE", one), handler=self.delete, answer=wire.Success),
            Endpoint(route=_owner("GET", f"{one}/token"), handler=self.token, answer=Token),
            Endpoint(route=_owner("POST", f"{one}/regenerate-token"), handler=self.regenerate, answer=NewToken),
            Endpoint(route=everywhere, handler=self.everywhere, answer=Bots),
        )

    async def index(self, call: Call) -> Response:
        """List the caller's own bots."""
        return await self._list(call.identity.caller.id)

    async def everywhere(self, call: Call) -> Response:
        """List all bots."""
        return await self._list(None)

    async def create(self, call: Call) -> Response:
        """Make a bot. Its token is shown again by `GET …/token`."""
        wanted = await call.reading.into(NewBot)
        name, metadata = checked.bot_name(wanted.name), _kept(wanted.metadata)
        message = CreateBot(by=call.identity.caller, name=name, metadata=metadata)
        made = await self._saved(self._numbers.bot(), message)
        return wire.json(Created(str(made.id), _token(made)))

    async def show(self, call: Call) -> Response:
        """Show a bot."""
        return wire.json(OneBot(bot_view(call.bot, self._whereabouts)))

    async def update(self, call: Call) -> Response:
        """Change what is given."""
        wanted = await call.reading.into(BotChange)
        name = UNSET if wanted.name is UNSET else checked.bot_name(wanted.name)
        metadata = UNSET if wanted.metadata is UNSET else _kept(wanted.metadata)
        if (name, metadata) != (UNSET, UNSET):
            await self._saved(call.bot.id, UpdateBot(by=call.identity.caller, name=name, metadata=metadata))
        return wire.json(wire.Success())

    async def delete(self, call: Call) -> Response:
        """End a bot: its token, keys and sockets at once. What it said in rooms stays."""
        outcome = await self._gateway.ask("bot", call.bot.id, DeleteBot(by=call.identity.caller))
        if not isinstance(outcome, Done):
            raise failed(outcome)
        return wire.json(wire.Success())

    async def token(self, call: Call) -> Response:
        """Show a bot's token."""
        token = expected(await self._gateway.read(self._accounts.bot_token(call.bot.id)))
        if token is None:
            raise Failed(HTTPStatus.NOT_FOUND, UNSHOWN)
        return wire.json(Token(token))

    async def regenerate(self, call: Call) -> Response:
        """Give a bot another token. The old one ends at once, with the sockets that it opened."""
        made = await self._saved(call.bot.id, RotateBot(by=call.identity.caller, credential="token"))
        return wire.json(NewToken(_token(made)))

    async def _list(self, owner: int | None) -> Response:
        bots = expected(await self._gateway.read(self._people.managed_by(owner)))
        return wire.json(bots_view(bots, self._whereabouts))

    async def _saved(self, bot: int, message: CreateBot | UpdateBot | RotateBot) -> NativeBot:
        outcome = await self._gateway.ask("bot", bot, message)
        if not isinstance(outcome, BotSaved):
            raise failed(outcome)
        return outcome.bot


def _person(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, access=Access.PERSON)


def _owner(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, access=Access.OWNER)


def _kept(metadata: dict[str, Any] | None) -> str | None:
    return None if metadata is None else kept_object(metadata, "metadata")


def _token(bot: NativeBot) -> str:
    if not isinstance(bot.token, str):
        raise TypeError("a bot that was made, or whose token was, shows its token")
    return bot.token
