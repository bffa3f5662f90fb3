"""The statements behind each step of a plan, written once with SQLAlchemy and compiled to text for one dialect.

Compiled beforehand because building and caching a statement for every batch costs more than running it.
"""

from typing import Any, Protocol

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    FromClause,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import UpdateBase

from actors.messages.changes import MAX_BOT_CALLS
from storage.models import (
    attachments,
    bots,
    bridges,
    changes,
    conversations,
    members,
    mentions,
    message_attachments,
    messages,
    outbox,
    reactions,
    unindexed,
)
from storage.plan import Do


class Wording(Protocol):
    """What a dialect says in words of its own. `storage.sqlite` is the one there is."""

    def insert_or_ignore(self, table: Table) -> UpdateBase:
        """An INSERT that leaves a row alone which is there already."""

    def larger(self, column: Column[int], parameter: BindParameter[int]) -> ColumnElement[int]:
        """The larger one of a column and a parameter."""

    def contains(self, column: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """Whether a text contains another one, character for character."""

    def table_of(self, rows: BindParameter[str], width: int) -> tuple[FromClause, list[ColumnElement[int]]]:
        """A JSON list of lists of integers as a table, and its columns: any number of rows in one statement."""


def compiled(dialect: Dialect, wording: Wording) -> dict[Do, str]:
    """Return the text of every statement, its parameters in the order of the rows that `plan` makes."""
    return {do: _compile(statement, dialect) for do, statement in _statements(wording).items()}


def _compile(statement: UpdateBase, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))


def _statements(wording: Wording) -> dict[Do, UpdateBase]:
    """The parameters are numbered by place: p0, p1, … is a row of the plan from left to right."""
    p = _parameters(8)
    head = conversations.c.head
    return {
        Do.FOUND: insert(conversations),
        Do.MOVE_HEAD: update(conversations).values(head=p[0]).where(conversations.c.id == p[1], head == p[2]),
        Do.RENAME: update(conversations).values(name=p[0], search_key=p[1]).where(conversations.c.id == p[2]),
        Do.POST: insert(messages),
        Do.CHANGE: insert(changes),
        Do.REWRITE: update(messages)
        .values(
            body=p[0],
            html=p[1],
            edited=messages.c.edited.bitwise_or(p[2]),
            deleted=messages.c.deleted.bitwise_or(p[3]),
        )
        .where(messages.c.id == p[4]),
        Do.MENTION: insert(mentions),
        Do.ATTACH: insert(message_attachments),
        Do.USE: update(attachments).values(used=literal_column("1")).where(attachments.c.id == p[0]),
        Do.DETACH: delete(message_attachments).where(message_attachments.c.message == p[0]),
        Do.DROP_MEMBER: delete(members).where(members.c.conv == p[0], members.c.kind == p[1], members.c.actor == p[2]),
        Do.ADD_MEMBER: wording.insert_or_ignore(members),
        Do.MARK: update(members)
        .values(read=wording.larger(members.c.read, p[0]), received=wording.larger(members.c.received, p[1]))
        .where(members.c.conv == p[2], members.c.kind == p[3], members.c.actor == p[4]),
        Do.DROP_REACTION: delete(reactions).where(
            reactions.c.message == p[0],
            reactions.c.kind == p[1],
            reactions.c.actor == p[2],
            reactions.c.emoji == p[3],
        ),
        Do.ADD_REACTION: wording.insert_or_ignore(reactions),
        Do.UNINDEX: wording.insert_or_ignore(unindexed),
        Do.CALL: _call(by_bot=False),
        Do.CALL_BY_BOT: _call(by_bot=True),
        Do.HEAR: _hear(),
        Do.BRIDGE: _bridge(),
    }


def _call(*, by_bot: bool) -> UpdateBase:
    """Put a call into the outbox, if its receiver has an address for it and bots have not caused too many."""
    p = _parameters(13)
    address = case((p[9] == literal_column("'cordless'"), bots.c.webhook_url), else_=bots.c.events_url)
    row = select(*_waiting(p, by_bot=by_bot)).where(
        bots.c.id == p[8], bots.c.deleted_at.is_(None), address.is_not(None)
    )
    if by_bot:
        earlier = outbox.alias().c
        caused = select(func.count()).where(
            earlier.conv == p[10], earlier.kind == p[11], earlier.seq > p[12], earlier.by_bot == literal_column("1")
        )
        row = row.where(caused.scalar_subquery() < literal_column(str(MAX_BOT_CALLS)))
    return insert(outbox).from_select(_columns(), row)


def _hear() -> UpdateBase:
    """Put into the outbox that somebody spoke to a subscriber."""
    values = zip(_columns(), _waiting(_parameters(8), by_bot=False), strict=True)
    return insert(outbox).values({column.name: value for column, value in values})


def _bridge() -> UpdateBase:
    """Put a call into the outbox that stays in the hub, if there is a bridge between its receiver and the room."""
    p = _parameters(10)
    row = select(*_waiting(p, by_bot=False)).where(bridges.c.bot == p[8], bridges.c.conv == p[9])
    return insert(outbox).from_select(_columns(), row)


def _waiting(p: list[BindParameter[Any]], *, by_bot: bool) -> list[ColumnElement[Any]]:
    fresh: list[ColumnElement[Any]] = [literal_column(text) for text in (str(int(by_bot)), "'pending'", "0")]
    return [*p[:6], *fresh, *p[6:8]]


def _columns() -> list[Column[Any]]:
    table = outbox.c
    columns = [table.id, table.kind, table.receiver, table.conv, table.message, table.seq]
    return [*columns, table.by_bot, table.state, table.attempts, table.next_at, table.created_at]


def _parameters(count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"p{index}") for index in range(count)]
