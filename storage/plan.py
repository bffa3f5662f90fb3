"""From changes to rows: which statements one transaction runs, in which order, with which parameters. Pure.

Rows of one table go together, whatever conversation they are of, so that a batch costs a handful of statements. Where
the order of two changes matters to a table (a member who leaves and comes back), only the net effect is written.
"""

from enum import Enum, auto
from typing import NamedTuple

from actors.bridging import TO_BOT
from actors.lanes import HEARING
from actors.messages.changes import Append, Found, Hook, SaveMarks
from actors.values import Who
from protocol.frames import Deleted, Edited, Members, Message, Reacted, Renamed, Role
from storage.batch import Group
from storage.payloads import Emoji, Roster, Title, who, whos, write
from storage.text import fold

Row = tuple[object, ...]


class Do(Enum):
    """The statements of the log, in the order in which a transaction runs them."""

    FOUND = auto()
    MOVE_HEAD = auto()
    RENAME = auto()
    POST = auto()
    CHANGE = auto()
    REWRITE = auto()
    MENTION = auto()
    ATTACH = auto()
    USE = auto()
    DETACH = auto()
    DROP_MEMBER = auto()
    ADD_MEMBER = auto()
    MARK = auto()
    DROP_REACTION = auto()
    ADD_REACTION = auto()
    UNINDEX = auto()
    CALL = auto()
    CALL_BY_BOT = auto()
    HEAR = auto()
    BRIDGE = auto()


# These move one row each, or the batch was built on something that is not so: a hole, or a second writer.
EXACT = frozenset({Do.MOVE_HEAD, Do.REWRITE})


class Step(NamedTuple):
    """One statement and the rows it runs for."""

    do: Do
    rows: list[Row]


class Hole(Exception):
    """A group's events do not follow each other; nothing of it may be stored."""


def plan(groups: list[Group]) -> list[Step]:
    """Return the steps that store the groups. Raises `Hole`."""
    draft = _Draft()
    for group in groups:
        draft.add(group)
    return draft.steps()


class _Draft:
    """Rows collected so far. Tables where only the net effect counts are dictionaries by their key."""

    def __init__(self) -> None:
        self._rows: dict[Do, list[Row]] = {do: [] for do in Do}
        self._left: set[tuple[int, Who]] = set()
        self._came: dict[tuple[int, Who], Role] = {}
        self._marks: dict[tuple[int, Who], tuple[int, int]] = {}
        self._unreacted: set[tuple[int, Who, str]] = set()
        self._reacted: dict[tuple[int, Who, str], int] = {}

    def add(self, group: Group) -> None:
        first: int | None = None
        last = 0
        for change in group.changes:
            if isinstance(change, SaveMarks):
                self._mark(change)
                continue
            seq = change.event.seq
            if first is None:
                first = seq
            elif seq != last + 1:
                raise Hole(f"conversation {group.conv}: event {seq} after {last}")
            last = seq
            if isinstance(change, Append):
                self._append(change)
            else:
                self._found(change)
        if first is not None:
            self._rows[Do.MOVE_HEAD].append((last, group.conv, first - 1))

    def steps(self) -> list[Step]:
        rows = self._rows
        rows[Do.DROP_MEMBER] = [(conv, *who) for conv, who in self._left]
        rows[Do.ADD_MEMBER] = [(conv, *who, role, 0, 0) for (conv, who), role in self._came.items()]
        rows[Do.MARK] = [(*mark, conv, *who) for (conv, who), mark in self._marks.items()]
        rows[Do.DROP_REACTION] = [(message, *who, emoji) for message, who, emoji in self._unreacted]
        rows[Do.ADD_REACTION] = [(message, *who, emoji, seq) for (message, who, emoji), seq in self._reacted.items()]
        return [Step(do, rows) for do, rows in rows.items() if rows]

    def _append(self, change: Append) -> None:
        event = change.event
        match event:
            case Message():
                self._post(event)
                for hook in change.hooks or ():
                    self._call(event, hook)
            case Edited():
                self._change(event, message=event.id)
                self._rewrite(event.id, event.body, event.html, edited=1, deleted=0)
            case Deleted():
                self._change(event, message=event.id)
                self._rewrite(event.id, "", "", edited=0, deleted=1)
                self._rows[Do.DETACH].append((event.id,))
            case Reacted():
                self._change(event, message=event.id, payload=write(Emoji(event.emoji, event.on)))
                self._react(event)
            case Members():
                self._change(event, payload=write(Roster(whos(event.added), whos(event.removed))))
                self._admit(event, frozenset())
            case Renamed():
                self._change(event, payload=write(Title(event.name)))
                self._rows[Do.RENAME].append((event.name, fold(event.name), event.conv))

    def _found(self, change: Found) -> None:
        event, name = change.event, change.name
        self._rows[Do.FOUND].append(
            (change.conv, change.kind, name, fold(name or ""), change.epoch, 0, change.direct_key, event.at)
        )
        self._change(event, payload=write(Roster(whos(event.added), whos(event.removed))))
        self._admit(event, frozenset(change.admins))

    def _post(self, event: Message) -> None:
        sender = event.sender
        mentioned = whos(event.mentions) if event.mentions else []
        self._rows[Do.POST].append(
            (
                event.id,
                event.conv,
                event.seq,
                event.at,
                sender.kind,
                sender.id,
                event.cid,
                event.body,
                event.html,
                event.reply_to,
                write(mentioned) if mentioned else None,
                0,
                0,
                len(event.attachments) if event.attachments else None,
            )
        )
        for place, carried in enumerate(event.attachments or ()):
            self._rows[Do.ATTACH].append((event.id, place, carried.id))
            self._rows[Do.USE].append((carried.id,))
        self._rows[Do.UNINDEX].append((event.id,))
        if mentioned:
            # Who mentions themselves need not be told.
            others = set(mentioned) - {who(sender)}
            self._rows[Do.MENTION] += [(*other, event.conv, event.seq) for other in others]

    def _call(self, event: Message, hook: Hook) -> None:
        row: Row = (hook.id, hook.kind, hook.bot, event.conv, event.id, event.seq, event.at, event.at)
        if hook.kind == TO_BOT:
            self._rows[Do.BRIDGE].append((*row, hook.bot, event.conv))
        elif hook.kind in HEARING:
            self._rows[Do.HEAR].append(row)
        elif hook.person is None:
            self._rows[Do.CALL].append((*row, hook.bot, hook.kind))
        else:
            self._rows[Do.CALL_BY_BOT].append((*row, hook.bot, hook.kind, event.conv, hook.kind, hook.person))

    def _change(
        self,
        event: Edited | Deleted | Reacted | Members | Renamed,
        *,
        message: int | None = None,
        payload: str | None = None,
    ) -> None:
        kind = type(event).__struct_config__.tag
        by = event.by
        self._rows[Do.CHANGE].append((event.conv, event.seq, event.at, kind, by.kind, by.id, message, payload))

    def _rewrite(self, message: int, body: str, html: str | None, *, edited: int, deleted: int) -> None:
        self._rows[Do.REWRITE].append((body, html, edited, deleted, message))
        self._rows[Do.UNINDEX].append((message,))

    def _admit(self, event: Members, admins: frozenset[int]) -> None:
        for gone in whos(event.removed):
            key = (event.conv, gone)
            self._left.add(key)
            self._came.pop(key, None)
            self._marks.pop(key, None)
        for index, new in enumerate(whos(event.added)):
            self._came[event.conv, new] = "admin" if index in admins else "member"

    def _mark(self, change: SaveMarks) -> None:
        for mark in change.marks:
            key = (change.conv, mark.who)
            read, received = self._marks.get(key, (0, 0))
            self._marks[key] = (max(read, mark.read), max(received, mark.received))

    def _react(self, event: Reacted) -> None:
        key = (event.id, who(event.by), event.emoji)
        if event.on:
            self._reacted.setdefault(key, event.seq)
        else:
            self._unreacted.add(key)
            self._reacted.pop(key, None)
