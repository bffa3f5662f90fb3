"""Calls of webhooks that wait, and what became of the last ones: implements `actors.ports.Outbox`.

The writer puts them here, see `storage.plan`, and so does what bots report of threads, see `storage.bridges`. Raises
`StoreUnavailable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.lanes import ORDERED
from actors.ports import Due
from actors.values import Call, Caller, Lane, Occasion, Receiver, Verdict, Who
from storage.accounts import Accounts
from storage.attached import NONE_ATTACHED
from storage.bridge import Bridge
from storage.database import Database
from storage.models import bots, conversations, members, messages, outbox
from storage.names import names_of
from storage.pages import MESSAGE, message_frame, people

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

CALL = (outbox.c.id, outbox.c.conv, outbox.c.message, outbox.c.attempts, outbox.c.created_at, outbox.c.body)
TOO_MANY: Final = "too many waited"
# What bots caused is counted against them: it is not forgotten while they may still be at it.
BOT_CALLS_KEPT_MS: Final = 86_400_000


class Outbox:
    """The `Outbox` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, accounts: Accounts) -> None:
        self._bridge = bridge
        self._database = database
        self._accounts = accounts

    async def lanes(self) -> list[Lane]:
        """Where something waits."""
        return await self._read(_lanes)

    async def due(self, lane: Lane, now: int, limit: int) -> Due:
        """What is to be done by `now`, in ms since the epoch, at most `limit` calls."""
        return await self._read(lambda connection: _due(connection, lane, now, limit))

    async def receiver(self, lane: Lane) -> Receiver | None:
        """Where calls of the lane go; None: nowhere any more."""
        row = (await self._read(lambda connection: _bot(connection, lane))).first()
        secrets = await self._accounts.bot_secrets(lane.receiver)
        if row is None or row.url is None or secrets is None:
            return None
        bot = Caller("bot", lane.receiver, row.name, "bot")
        return Receiver(bot, row.url, secrets.webhook_secret, secrets.bot_key, bool(row.json_reply))

    async def occasion(self, lane: Lane, call: Call) -> Occasion | None:
        """What the call tells of; None: that was deleted."""
        return await self._read(lambda connection: _occasion(connection, lane, call))

    async def record(self, lane: Lane, call: Call, verdict: Verdict) -> None:
        """Note an attempt's outcome, durably. Repeating it is harmless."""
        values: dict[str, object] = {"state": verdict.state, "outcome": verdict.outcome, "attempts": call.attempts + 1}
        if verdict.state == "pending":
            values["next_at"] = verdict.next_at
        else:
            values["body"] = None
        change = update(outbox).where(outbox.c.id == call.id, outbox.c.state == "pending").values(values)
        await self._write(lambda connection: connection.execute(change))

    async def trim(self, lane: Lane, *, waiting: int, ended: int) -> int:
        """Keep the newest `ended` outcomes; give up the oldest calls beyond `waiting`, and say how many."""

        async def work(connection: AsyncConnection) -> int:
            given_up = 0
            # Counting costs less than a list of all that wait, and mostly that is the end of it.
            if (await connection.execute(select(func.count()).where(_pending(lane)))).scalar_one() > waiting:
                given_up = (await connection.execute(_give_up(lane, waiting))).rowcount
            await connection.execute(_forget(lane, ended))
            return given_up

        return await self._write(work)

    async def _read(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.read(work))

    async def _write(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.write(work))


async def _lanes(connection: AsyncConnection) -> list[Lane]:
    query = select(outbox.c.kind, outbox.c.receiver).where(outbox.c.state == "pending").distinct()
    return sorted(Lane(*row) for row in await connection.execute(query))


async def _due(connection: AsyncConnection, lane: Lane, now: int, limit: int) -> Due:
    table = outbox.c
    waiting = _pending(lane)
    is_ready = and_(waiting, table.next_at <= now, *([~_is_held_up(lane)] if lane.kind in ORDERED else []))
    ready = select(*CALL).where(is_ready).order_by(table.next_at, table.position).limit(limit)
    calls = [Call(*row) for row in await connection.execute(ready)]
    # What is held up has had its time long ago: it is looked at when what holds it up is.
    later = func.min(case((table.next_at > now, table.next_at)))
    count, first = (await connection.execute(select(func.count(), later).where(waiting))).one()
    return Due(calls, None if calls else first, count)


async def _bot(connection: AsyncConnection, lane: Lane) -> Any:
    url = bots.c.webhook_url if lane.kind == "cordless" else bots.c.events_url
    query = select(bots.c.name, bots.c.json_reply, url.label("url"))
    return await connection.execute(query.where(bots.c.id == lane.receiver, bots.c.deleted_at.is_(None)))


async def _occasion(connection: AsyncConnection, lane: Lane, call: Call) -> Occasion | None:
    query = select(*MESSAGE).where(messages.c.id == call.message, messages.c.deleted == 0)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    room = (await connection.execute(select(conversations).where(conversations.c.id == call.conv))).one()
    names = await names_of(connection, people([row]))
    name = room.name or await _others(connection, call.conv, lane.receiver)
    return Occasion(message_frame(row, names, NONE_ATTACHED), name, room.kind)


async def _others(connection: AsyncConnection, conv: int, bot: int) -> str:
    """What a conversation without a name is called: by those who are in it with the bot."""
    table = members.c
    rows = await connection.execute(select(table.kind, table.actor).where(table.conv == conv))
    whos = [who for who in (Who(*row) for row in rows) if who != Who("bot", bot)]
    return ", ".join(actor.name for actor in (await names_of(connection, whos)).actors(whos))


def _lane(lane: Lane) -> ColumnElement[bool]:
    return and_(outbox.c.kind == lane.kind, outbox.c.receiver == lane.receiver)


def _pending(lane: Lane) -> ColumnElement[bool]:
    return and_(_lane(lane), outbox.c.state == "pending")


def _is_held_up(lane: Lane) -> ColumnElement[bool]:
    """Whether a call about the same object waits in front of it."""
    table, other = outbox.c, outbox.alias().c
    before = select(other.position).where(
        other.kind == lane.kind,
        other.receiver == lane.receiver,
        other.conv == table.conv,
        other.message == table.message,
        other.position < table.position,
        other.state == literal_column("'pending'"),  # in these words, for they are those of the index
    )
    return before.exists()


def _give_up(lane: Lane, keep: int) -> Any:
    table = outbox.c
    newest = select(table.position).where(_pending(lane)).order_by(table.position.desc()).limit(keep)
    return (
        update(outbox)
        .where(_pending(lane), table.position.not_in(newest))
        .values(state="dead", outcome=TOO_MANY, body=None)
        .execution_options(synchronize_session=False)
    )


def _forget(lane: Lane, keep: int) -> Any:
    table = outbox.c
    over = and_(_lane(lane), table.state.in_(("done", "dead")))
    oldest_kept = _scalar(select(table.position).where(over).order_by(table.position.desc()).limit(1).offset(keep - 1))
    newest = _scalar(select(func.max(table.created_at)).where(_lane(lane)))
    forgettable = or_(table.by_bot == 0, table.created_at < newest - BOT_CALLS_KEPT_MS)
    return delete(outbox).where(over, table.position < oldest_kept, forgettable)


def _scalar(query: Select[tuple[Any]]) -> Any:
    return query.scalar_subquery()
