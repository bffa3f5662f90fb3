"""Where subscribers stand in flows, and which flows there are for them.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import OrderedDict
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Dialect, bindparam, delete, insert, select

from actors.flow.errors import BadFlow
from actors.flow.reading import read
from actors.flow.steps import Edition, Flows, Run
from storage.chatpion.tables import flow_runs, flow_versions, flows
from storage.looks import Change, Look
from storage.models import members

log = logging.getLogger("hubbub.flow")

EDITIONS: Final = 500
"""So many versions of flows are kept as they are run: to read one takes a millisecond."""

RUN: Final = flow_runs.c
ROW: Final = flows.c


class Kept(Struct, frozen=True):
    """What is kept of a run. `id` is drawn when it begins, and makes the ids of its calls.

    Without a `run` it is still to begin. `let_in`: the people that it was handed to are in the conversation; `present`
    are those who were there before, and stay.
    """

    id: str
    run: Run | None = None
    let_in: bool = False
    present: tuple[int, ...] = ()


class Standing(Struct, frozen=True):
    """The run of a subscriber: of which version of which flow, since when."""

    flow: int
    version: int
    kept: Kept
    started_at: int


class RunRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        mine = RUN.subscriber == bindparam("whose")
        columns = (RUN.flow, RUN.version, RUN.run, RUN.started_at)
        self._one = Look(select(*columns).where(mine), dialect)
        self._of_flow = Look(select(RUN.subscriber).where(RUN.flow == bindparam("which")), dialect)
        inside = (members.c.conv == bindparam("room"), members.c.kind == "user", members.c.actor != bindparam("whom"))
        self._persons = Look(select(members.c.actor).where(*inside).order_by(members.c.actor), dialect)
        self._delete = Change(delete(flow_runs).where(mine), dialect)
        self._insert = Change(insert(flow_runs), dialect)

    def one(self, raw: sqlite3.Connection, subscriber: int) -> Standing | None:
        """Where the subscriber stands, if anywhere."""
        row = self._one.first(raw, whose=subscriber)
        if row is None:
            return None
        flow, version, run, started_at = row
        return Standing(flow, version, msgspec.json.decode(run, type=Kept), started_at)

    def put(self, raw: sqlite3.Connection, subscriber: int, standing: Standing) -> None:
        """Have it stand there."""
        self.drop(raw, subscriber)
        run = msgspec.json.encode(standing.kept).decode()
        self._insert.run(
            raw,
            subscriber=subscriber,
            flow=standing.flow,
            version=standing.version,
            run=run,
            started_at=standing.started_at,
        )

    def drop(self, raw: sqlite3.Connection, subscriber: int) -> None:
        """Have it stand nowhere."""
        self._delete.run(raw, whose=subscriber)

    def within(self, raw: sqlite3.Connection, flow: int) -> list[int]:
        """Who is in a flow."""
        return [subscriber for (subscriber,) in self._of_flow.all(raw, which=flow)]

    def persons(self, raw: sqlite3.Connection, conv: int, user: int) -> tuple[int, ...]:
        """The users in a conversation beside this one."""
        return tuple(actor for (actor,) in self._persons.all(raw, room=conv, whom=user))


class Editions:
    """Flows as they are run, remembered by version. For the writing thread alone."""

    def __init__(self, dialect: Dialect) -> None:
        said = flow_versions.c
        living = (ROW.account == bindparam("whose"), ROW.deleted_at.is_(None))
        self._definition = Look(
            select(said.definition).where(said.flow == bindparam("which"), said.version == bindparam("of")), dialect
        )
        self._today = Look(select(ROW.version).where(*living, ROW.id == bindparam("which")), dialect)
        self._active = Look(
            select(ROW.id, ROW.version).where(*living, ROW.status == "active").order_by(ROW.id), dialect
        )
        self._known: OrderedDict[tuple[int, int], Edition] = OrderedDict()

    def edition(self, raw: sqlite3.Connection, flow: int, version: int) -> Edition | None:
        """This version of this flow; None: there never was one, or it cannot be run any more."""
        known = self._known.get((flow, version))
        if known is None:
            row = self._definition.first(raw, which=flow, of=version)
            if row is None:
                return None
            try:
                known = Edition(flow, version, read(msgspec.json.decode(row[0])))
            except BadFlow as fault:  # an earlier version of the hub found it right
                log.warning("a flow cannot be run", extra={"flow": flow, "version": version, "reason": str(fault)})
                return None
            self._known[flow, version] = known
            if len(self._known) > EDITIONS:
                self._known.popitem(last=False)
        self._known.move_to_end((flow, version))
        return known

    def today(self, raw: sqlite3.Connection, account: int, flow: int) -> Edition | None:
        """The account's flow as it was saved last."""
        row = self._today.first(raw, whose=account, which=flow)
        return None if row is None else self.edition(raw, flow, row[0])

    def active(self, raw: sqlite3.Connection, account: int) -> list[Edition]:
        """The account's flows that may start, by id."""
        found = [self.edition(raw, flow, version) for flow, version in self._active.all(raw, whose=account)]
        return [edition for edition in found if edition is not None]

    def needed(self, raw: sqlite3.Connection, account: int, here: Edition) -> Flows:
        """All that one step may come through: the edition, and those of today that jumps lead to."""
        others: dict[int, Edition] = {}
        ahead, seen = set(here.flow.jumps_to()), set[int]()
        while ahead - seen:
            flow = min(ahead - seen)
            seen.add(flow)
            edition = self.today(raw, account, flow)
            if edition is not None:
                others[flow] = edition
                ahead |= edition.flow.jumps_to()
        return Flows(here, others)
