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
    delete,
    insert,
    update,
)
from sqlalchemy.sql.dml import UpdateBase

from storage.models import changes, conversations, members, mentions, messages, reactions, unindexed
from storage.plan import Do


class Wording(Protocol):
    """What a dialect says in words of its own. `storage.sqlite` is the one there is."""

    def insert_or_ignore(self, table: Table) -> UpdateBase:
        """An INSERT that leaves a row alone which is there already."""

    def larger(self, column: Column[int], parameter: BindParameter[int]) -> ColumnElement[int]:
        """The larger one of a column and a parameter."""

    def contains(self, column: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """Whether a text contains another one, character for character."""

    def table_of(self, rows: str, width: int) -> tuple[FromClause, list[ColumnElement[int]]]:
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
    }


def _parameters(count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"p{index}") for index in range(count)]
