"""Bots as they show themselves and as they are set: presence, registration, settings."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, to_builtins
from quart import Response

from actors.messages.bot import CreateBot, RegisterBot, ReportStatus
from actors.messages.outcomes import BotSaved, Done
from actors.ports import BotSettings, Commands, Numbers, People, SettingsTooLarge, Whereabouts
from actors.times import iso
from actors.values import ManagedBot
from http_edge.dialects.botmanager import input as checked
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.bridging import BRIDGE, Bridging
from http_edge.dialects.botmanager.commands import on_behalf
from http_edge.dialects.botmanager.errors import Failed, expected, failed, missing, not_signed_in
from http_edge.dialects.botmanager.reading import MAX_OBJECT_BYTES, kept_object
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.views import Bots, BotView, CommandStats, bot_view, bots_view, stats_view, status_of
from http_edge.gateway import Gateway


class Info(Struct, frozen=True):
    """A bot, its commands counted, and whether it is there."""

    bot: BotView
    stats: CommandStats
    online: bool


class Status(Struct, frozen=True):
    """Whether a bot is there, and when it last was."""

    bot_id: str
    status: Literal["online", "offline"]
    last_active: str | None


class Report(Struct, frozen=True):
    """What a bot says of itself; `data` is shown to those who watch."""

    status: Literal["online", "offline"]
    data: dict[str, Any] | None = None


class Ok(Struct, frozen=True):
    """It is done."""

    status: Literal["ok"] = "ok"


class Login(Struct, frozen=True):
    """A bot's token, and the bot whose it is to be."""

    token: str
    bot_id: str | int | None = None


class LoggedIn(Struct, frozen=True):
    """The token is right."""

    bot: BotView
    success: Literal[True] = True


class Registration(Struct, frozen=True):
    """What a bot is called, and what is to be known of it."""

    name: str
    metadata: dict[str, Any] | None = None


class Registered(Struct, frozen=True):
    """A bot that updated itself (`status`, `bot`), or one that somebody made (`success`, `bot_id`, `token`)."""

    status: Literal["ok"] | UnsetType = UNSET
    bot: BotView | UnsetType = UNSET
    success: Literal[True] | UnsetType = UNSET
    bot_id: str | UnsetType = UNSET
    token: str | UnsetType = UNSET


class Settings(Struct, frozen=True):
    """All settings of a bot."""

    settings: dict[str, Any]


class SettingsSaved(Settings, frozen=True):
    """All settings of a bot as they are now."""

    success: Literal[True] = True


class BotSection:
    """Routes about what bots are and whether they are there. It has no state."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        people: People,
        whereabouts: Whereabouts,
        commands: Commands,
        settings: BotSettings,
        numbers: Numbers,
        bridging: Bridging,
    ) -> None:
        self._gateway = gateway
        self._people = people
        self._whereabouts = whereabouts
        self._commands = commands
        self._settings = settings
        self._numbers = numbers
        self._bridging = bridging

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        bot, access = "/api/bot/<bot>", Access.BOT
        return [
            Endpoint(
                route=Route(method="GET", rule="/api/bots", access=Access.CALLER), handler=self.index, answer=Bots
            ),
            Endpoint(
                route=Route(method="POST", rule="/api/bots/register", access=Access.CALLER, body_token=True),
                handler=self.register,
                answer=Registered,
                body=Registration,
            ),
            Endpoint(
                route=Route(method="POST", rule="/api/bot/auth", access=Access.ANYBODY, body_token=True),
                handler=self.authenticate,
                answer=LoggedIn,
                body=Login,
                also=(401,),
            ),
            Endpoint(route=Route(method="GET", rule=f"{bot}/info", access=access), handler=self.info, answer=Info),
            Endpoint(
                route=Route(method="GET", rule=f"{bot}/status", access=access), handler=self.status, answer=Status
            ),
            Endpoint(
                route=Route(
                    method="POST",
                    rule=f"{bot}/status",
                    access=access,
                    body_token=True,
                    may_be_open=True,
                    tells_presence=True,
                ),
                handler=self.report,
                answer=Ok,
                body=Report,
            ),
            Endpoint(
                route=Route(method="GET", rule=f"{bot}/settings", access=access),
                handler=self.settings,
                answer=Settings,
            ),
            Endpoint(
                route=Route(method="PUT", rule=f"{bot}/settings", access=access),
                handler=self.change_settings,
                answer=SettingsSaved,
                body=dict[str, Any],
            ),
        ]

    async def index(self, call: Call) -> Response:
        """List the bots that the caller may see: all, the own ones, or the bot itself."""
        if call.identity.bot is not None:
            bots = [await self._managed(call.identity.bot.caller.id)]
        else:
            owner = None if call.identity.rules_hub else call.identity.caller.id
            bots = expected(await self._gateway.read(self._people.managed_by(owner)))
        return wire.json(bots_view(bots, self._whereabouts))

    async def register(self, call: Call) -> Response:
        """Make a bot, or, with a bot's token, say what that bot is."""
        body = await call.reading.into(Registration)
        name, metadata = checked.bot_name(body.name), kept_object(body.metadata or {}, "metadata")
        if call.identity.bot is not None:
            login = call.identity.bot
            given = UNSET if body.metadata is None else metadata
            message = RegisterBot(by=login.caller, credential_id=login.credential_id, name=name, metadata=given)
            await self._saved(login.caller.id, message)
            bot = await self._managed(login.caller.id)
            return wire.json(Registered(status="ok", bot=bot_view(bot, self._whereabouts)))
        made = await self._saved(self._numbers.bot(), CreateBot(by=call.identity.caller, name=name, metadata=metadata))
        return wire.json(Registered(success=True, bot_id=str(made.bot.id), token=made.bot.token))

    async def authenticate(self, call: Call) -> Response:
        """Tell a bot whether its token is right, and whose it is."""
        body = await call.reading.into(Login)
        login = call.identity.bot
        if login is None or body.bot_id not in (None, login.caller.id, str(login.caller.id)):
            raise Failed(HTTPStatus.UNAUTHORIZED, "Invalid credentials")
        return wire.json(LoggedIn(bot_view(await self._managed(login.caller.id), self._whereabouts)))

    async def info(self, call: Call) -> Response:
        """Tell what the bot is and how many commands it has."""
        counts = expected(await self._gateway.read(self._commands.counts([call.bot.id])))
        shown = bot_view(call.bot, self._whereabouts)
        return wire.json(Info(shown, stats_view(counts), self._whereabouts.online(call.bot.id)))

    async def status(self, call: Call) -> Response:
        """Tell whether the bot is there."""
        last_active = self._whereabouts.last_active(call.bot.id)
        shown = None if last_active is None else iso(last_active)
        return wire.json(Status(str(call.bot.id), status_of(call.bot.id, self._whereabouts), shown))

    async def report(self, call: Call) -> Response:
        """Say that the bot is there, or that it goes."""
        body = await call.reading.into(Report)
        if body.data is not None:
            kept_object(body.data, "data")
        message = ReportStatus(by=on_behalf(call), online=body.status == "online", data=body.data)
        outcome = await self._gateway.ask("bot", call.bot.id, message)
        if not isinstance(outcome, Done):
            raise failed(outcome)
        return wire.json(Ok())

    async def settings(self, call: Call) -> Response:
        """Tell what the bot is set to."""
        found = expected(await self._gateway.read(self._settings.settings(call.bot.id)))
        return wire.json(Settings(_there(found)))

    async def change_settings(self, call: Call) -> Response:
        """Set these keys and keep the others; null takes one away."""
        changes = await call.reading.object()
        kept_object(changes, "settings")
        bridges = None
        if BRIDGE in changes:
            bridges = await self._bridging.wanted(call, changes[BRIDGE])
            changes = {**changes, BRIDGE: to_builtins(bridges) if bridges else None}
            await self._bridging.let_in(call, bridges)
        try:
            change = self._settings.change(call.bot.id, changes, MAX_OBJECT_BYTES, bridges)
            found = expected(await self._gateway.read(change))
        except SettingsTooLarge as error:
            raise Failed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)) from None
        if bridges:
            self._bridging.told(call.bot.id)
        return wire.json(SettingsSaved(_there(found)))

    async def _managed(self, bot: int) -> ManagedBot:
        found = expected(await self._gateway.read(self._people.managed(bot)))
        if found is None:
            raise not_signed_in()  # it has ended since its token was looked up
        return found

    async def _saved(self, bot: int, message: CreateBot | RegisterBot) -> BotSaved:
        outcome = await self._gateway.ask("bot", bot, message)
        if not isinstance(outcome, BotSaved):
            raise failed(outcome)
        return outcome


def _there(settings: dict[str, Any] | None) -> dict[str, Any]:
    if settings is None:
        raise missing("Bot")
    return settings
