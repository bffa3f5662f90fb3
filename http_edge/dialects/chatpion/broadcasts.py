"""Broadcasts: one message to many, now or later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from actors.chatpion import shown
from actors.chatpion.ports import Broadcasts, NewBroadcast
from actors.chatpion.schedules import BadSchedule, due_at
from actors.chatpion.shown import Shown
from actors.messages.broadcast import BroadcastSaved, Cancel, Pause, Resume
from actors.messages.scheduler import Planned
from actors.ports import Clock
from actors.values import Who
from http_edge.dialects.chatpion.attaching import Attacher
from http_edge.dialects.chatpion.errors import bad_input, expected, failed, missing
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.messages import text_in, type_in
from http_edge.dialects.chatpion.paging import Paging, page_in
from http_edge.dialects.chatpion.platforms import MAX_CHARS
from http_edge.dialects.chatpion.routes import FILE_BODY_BYTES, Call, Endpoint, Route
from http_edge.dialects.chatpion.subscribers import MAX_TAG_CHARS, MAX_TAGS
from http_edge.gateway import Gateway

WHAT: Final = "Broadcast"
RULE: Final = "/api/broadcasts"
ONE: Final = f"{RULE}/<id>"
MAX_NAME_CHARS: Final = 200
MAX_PLATFORMS: Final = 100
TARGETS: Final = ("tags", "platforms")


class Broadcasting(Struct, frozen=True):
    """What to say to whom, and when."""

    name: str
    message: str
    type: str | None = None
    attachment: str | None = None
    target: dict[str, Any] | None = None
    schedule: dict[str, Any] | None = None
    personalize: bool | None = None
    track_links: bool | None = None


class BroadcastSection:
    """Routes about broadcasts. It has no state."""

    def __init__(self, *, broadcasts: Broadcasts, gateway: Gateway, attacher: Attacher, clock: Clock) -> None:
        self._broadcasts = broadcasts
        self._gateway = gateway
        self._attacher = attacher
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(route=_route("GET", RULE), handler=self.index, query=Paging),
            Endpoint(route=_route("POST", RULE), handler=self.create, body=Broadcasting, max_bytes=FILE_BODY_BYTES),
            Endpoint(route=_route("GET", ONE), handler=self.show),
            Endpoint(route=_route("POST", f"{ONE}/pause"), handler=self.pause),
            Endpoint(route=_route("POST", f"{ONE}/resume"), handler=self.resume),
            Endpoint(route=_route("POST", f"{ONE}/cancel"), handler=self.cancel),
        ]

    async def index(self, call: Call) -> Shown:
        """List a page of the account's broadcasts."""
        page = page_in(call.args)
        reading = self._broadcasts.page(call.account.id, page=page.page, limit=page.limit)
        found = expected(await self._gateway.read(reading))
        return page.of("broadcasts", found.total, [shown.broadcast(each) for each in found.broadcasts])

    async def create(self, call: Call) -> Shown:
        """Have a message said to many: at once, or at the time of its schedule."""
        fields, now = call.fields, self._clock.now_ms()
        name, text, kind = fields.required_text("name", most=MAX_NAME_CHARS), text_in(fields), type_in(fields)
        given, target, schedule = self._attacher.read(fields, kind), target_in(fields), fields.object("schedule")
        new = NewBroadcast(
            account=call.account.id,
            name=name,
            text=text,
            type=kind,
            attachment=given.url,
            personalize=fields.flag("personalize"),
            track_links=fields.flag("track_links"),
            target=target,
            schedule=schedule,
            due_at=_due_at(schedule, now),
            file=await self._attacher.keep(given, Who("bot", call.account.bot)),
        )
        made = expected(await self._gateway.read(self._broadcasts.create(new, now)))
        # Should this be refused, the scheduler finds it all the same, with its next round.
        self._gateway.tell("scheduler", 0, Planned(at=made.due_at))
        return shown.broadcast(made)

    async def show(self, call: Call) -> Shown:
        """Show a broadcast, and how many it has reached so far."""
        number = call.object_id(WHAT)
        found = expected(await self._gateway.read(self._broadcasts.broadcast(call.account.id, number)))
        if found is None:
            raise missing(WHAT)
        return shown.broadcast(found)

    async def pause(self, call: Call) -> Shown:
        """Have nobody told any more until it is resumed."""
        return await self._move(call, Pause())

    async def resume(self, call: Call) -> Shown:
        """Go on with a broadcast that was paused."""
        return await self._move(call, Resume())

    async def cancel(self, call: Call) -> Shown:
        """End a broadcast before it is complete. What was said by then stays."""
        return await self._move(call, Cancel())

    async def _move(self, call: Call, wish: Pause | Resume | Cancel) -> Shown:
        number = int((await self.show(call))["id"])
        outcome = await self._gateway.ask("broadcast", number, wish)
        if not isinstance(outcome, BroadcastSaved):
            raise failed(outcome)
        return shown.broadcast(outcome.broadcast)


def target_in(fields: Fields) -> dict[str, Any] | None:
    """Whom it goes to, as it was given. Raises `Failed`, 400."""
    given = fields.inner("target")
    if given is None:
        return None
    unknown = sorted(set(given.values) - set(TARGETS))
    if unknown:
        raise bad_input(f"target may have {' and '.join(TARGETS)}, not {unknown[0]}")
    lists = {
        "tags": given.texts("tags", most=MAX_TAGS, each=MAX_TAG_CHARS),
        "platforms": given.texts("platforms", most=MAX_PLATFORMS, each=MAX_CHARS),
    }
    return {name: None if lists[name] is None else list(lists[name] or ()) for name in TARGETS if name in given}


def _due_at(schedule: dict[str, Any] | None, now: int) -> int:
    try:
        return due_at(schedule, now)
    except BadSchedule as fault:
        raise bad_input(str(fault)) from fault


def _route(method: str, rule: str) -> Route:
    return Route(method=method, rule=rule, noun="broadcasts")
