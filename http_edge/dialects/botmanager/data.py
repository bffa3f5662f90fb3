"""What a bot hands over as a whole: friends, groups, whatever it wants kept. The last time counts."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from msgspec import UNSET, Struct, UnsetType
from quart import Response

from actors.ports import BotFiles, Clock, Feed
from actors.times import iso
from actors.values import BotData
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.errors import expected, missing
from http_edge.dialects.botmanager.reading import kept_object
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.gateway import Gateway

MAX_BYTES: Final = 1_048_576


class Ok(Struct, frozen=True):
    """It is on disk."""

    status: Literal["ok"] = "ok"


class Kept(Struct, frozen=True):
    """What the bot handed over, and when; `error` when it never did."""

    data: dict[str, Any]
    updated_at: str | None
    source: Literal["database"] | UnsetType = UNSET
    error: str | UnsetType = UNSET


class Shown(Struct, frozen=True):
    """What the bot handed over; null: nothing yet."""

    data: dict[str, Any] | None


class DataSection:
    """Routes about what bots hand over. It has no state."""

    def __init__(self, *, gateway: Gateway, files: BotFiles, feed: Feed, clock: Clock) -> None:
        self._gateway = gateway
        self._files = files
        self._feed = feed
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        bot = "/api/bot/<bot>"
        return [
            Endpoint(
                route=Route(method="POST", rule=f"{bot}/sync", access=Access.BOT, body_token=True, may_be_open=True),
                handler=self.sync,
                answer=Ok,
                body=dict[str, Any],
            ),
            Endpoint(route=Route(method="GET", rule=f"{bot}/data", access=Access.BOT), handler=self.data, answer=Kept),
            Endpoint(
                route=Route(method="GET", rule="/api/my-bots/<bot>/data", access=Access.OWNER),
                handler=self.owned_data,
                answer=Shown,
            ),
        ]

    async def sync(self, call: Call) -> Response:
        """Keep what the bot has, in place of what it had."""
        data = {key: value for key, value in (await call.reading.object()).items() if key != "token"}
        kept_object(data, "The body", MAX_BYTES)
        kept = BotData(data, self._clock.now_ms())
        if not expected(await self._gateway.read(self._files.keep(call.bot.id, kept))):
            raise missing("Bot")
        event = {"bot_id": str(call.bot.id), "data": data}
        self._feed.emit("bot_data_sync", event, bot=call.bot.id, owner=call.bot.owner)
        return wire.json(Ok())

    async def data(self, call: Call) -> Response:
        """Tell what the bot handed over last, and when."""
        kept = await self._kept(call)
        if kept is None:
            return wire.json(Kept({}, None, error="No data"), HTTPStatus.NOT_FOUND)
        return wire.json(Kept(kept.data, iso(kept.updated_at), source="database"))

    async def owned_data(self, call: Call) -> Response:
        """Tell what the bot handed over last."""
        kept = await self._kept(call)
        return wire.json(Shown(None if kept is None else kept.data))

    async def _kept(self, call: Call) -> BotData | None:
        return expected(await self._gateway.read(self._files.kept(call.bot.id)))
