"""Flows that lead conversations: implements `actors.chatpion.ports.Leading`.

A step is decided where it is written, in the writing thread: what the subscriber is like, where it stands and what
comes of the event are of one moment, and on disk together, or nothing is.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from actors.chatpion.lanes import FLOWCALL, HANDOFF
from actors.chatpion.links import tracked
from actors.chatpion.parcels import FlowCall, People
from actors.chatpion.ports import Circumstances, Handed, Led, NewLetter, NewReply
from actors.chatpion.values import Letter, Subscriber
from actors.flow.machine import advance, leave
from actors.flow.model import Conversion
from actors.flow.steps import (
    Answered,
    Begin,
    Call,
    Due,
    Edition,
    Effect,
    Event,
    HandBack,
    HandOff,
    Heard,
    Released,
    Run,
    Say,
    Step,
)
from actors.flow.subscriber import after
from actors.subscriber.composing import view_of
from actors.values import Lane
from storage.bridge import Bridge
from storage.chatpion.agenda import AgendaRows
from storage.chatpion.hooks import HookRows
from storage.chatpion.runs import Editions, Kept, RunRows, Standing
from storage.chatpion.steps import SUBSCRIBER, Steps
from storage.chatpion.subscriber_rows import SubscriberRows
from storage.chatpion.subscriber_writes import SubscriberWrites
from storage.chatpion.tallies import Tallies
from storage.database import Database
from storage.together import Together

T = TypeVar("T")
KIND: Final = "subscriber"
ID_BYTES: Final = 12


class Leader:
    """The steps, each in a transaction of the writing thread."""

    def __init__(
        self,
        *,
        subscribers: SubscriberRows,
        writes: SubscriberWrites,
        steps: Steps,
        hooks: HookRows,
        tallies: Tallies,
        agenda: AgendaRows,
        runs: RunRows,
        editions: Editions,
    ) -> None:
        self._subscribers = subscribers
        self._writes = writes
        self._steps = steps
        self._hooks = hooks
        self._tallies = tallies
        self._agenda = agenda
        self._runs = runs
        self._editions = editions

    def begin(self, raw: sqlite3.Connection, subscriber: int, flow: int, now: Circumstances) -> Led | None:
        """Start the account's flow, if it is there."""
        whose = self._subscribers.one(raw, subscriber)
        edition = None if whose is None else self._editions.today(raw, whose.account, flow)
        if whose is None or edition is None:
            return None
        if not edition.flow.active:
            return Led(inactive=True)
        return self._start(raw, whose, edition, now)

    def heard(self, raw: sqlite3.Connection, reply: NewReply, now: Circumstances) -> Led:
        """Note what the subscriber said, and go on. What was noted before changes nothing."""
        whose = self._subscribers.one(raw, reply.subscriber)
        if self._steps.hear(raw, reply) is None or whose is None:
            return Led()
        standing = self._runs.one(raw, whose.id)
        run = None if standing is None else standing.kept.run
        if reply.type == "text" and (run is None or not (run.listens or run.handed_off)):
            for edition in self._editions.active(raw, whose.account):
                if edition.flow.wakes(reply.text):
                    return self._start(raw, whose, edition, now)
        return self._tell(raw, whose, standing, Heard(reply.text if reply.type == "text" else ""), now)

    def tell(self, raw: sqlite3.Connection, subscriber: int, event: Event, now: Circumstances) -> Led:
        """Something has happened that the flow may wait for."""
        whose = self._subscribers.one(raw, subscriber)
        if whose is None:
            return Led()
        standing = self._runs.one(raw, subscriber)
        if isinstance(event, Due):
            self._agenda.drop(raw, KIND, whose.conv)
            if standing is not None and standing.kept.run is None:
                edition = self._editions.edition(raw, standing.flow, standing.version)
                return Led() if edition is None else self._start(raw, whose, edition, now)
        return self._tell(raw, whose, standing, event, now)

    def answered(self, raw: sqlite3.Connection, subscriber: int, id: str, answer: Answered, now: Circumstances) -> Led:
        """A call has ended. One of an earlier run is late."""
        standing = self._runs.one(raw, subscriber)
        if standing is None or standing.kept.id != id:
            return Led()
        return self.tell(raw, subscriber, answer, now)

    def let_in(self, raw: sqlite3.Connection, subscriber: int, id: str) -> None:
        """The people that the flow was handed to are there."""
        standing = self._runs.one(raw, subscriber)
        if standing is not None and standing.kept.id == id:
            self._runs.put(raw, subscriber, replace(standing, kept=replace(standing.kept, let_in=True)))

    def handed(self, raw: sqlite3.Connection, subscriber: int) -> Handed | None:
        """Whether persons have the conversation, by the will of a run."""
        standing = self._runs.one(raw, subscriber)
        if standing is None or standing.kept.run is None or not standing.kept.run.handed_off:
            return None
        return Handed(standing.kept.id, standing.kept.let_in)

    def end(self, raw: sqlite3.Connection, subscriber: int, at: int) -> None:
        """Have nothing run any more, and say nothing. People who have the conversation are let out."""
        whose, standing = self._subscribers.one(raw, subscriber), self._runs.one(raw, subscriber)
        if whose is None or standing is None:
            return
        for effect in leave(standing.kept.run):
            self._hand(raw, whose, standing.kept, effect, at)
        self._runs.drop(raw, subscriber)
        self._agenda.drop(raw, KIND, whose.conv)

    def end_all(self, raw: sqlite3.Connection, flow: int, at: int) -> None:
        """End a flow for everybody who is in it."""
        for subscriber in self._runs.within(raw, flow):
            self.end(raw, subscriber, at)

    def await_first(self, raw: sqlite3.Connection, subscriber: Subscriber, at: int) -> None:
        """Have a new subscriber's first flow begin, if the account has one that starts by itself."""
        for edition in self._editions.active(raw, subscriber.account):
            if edition.flow.triggers.on_subscribe:
                kept = Kept(secrets.token_hex(ID_BYTES))
                self._runs.put(raw, subscriber.id, Standing(edition.id, edition.version, kept, at))
                self._agenda.put(raw, KIND, subscriber.conv, at)
                return

    def _start(self, raw: sqlite3.Connection, whose: Subscriber, edition: Edition, now: Circumstances) -> Led:
        before = self._runs.one(raw, whose.id)
        run = None if before is None else before.kept.run
        if before is not None:
            # Effects of its end belong to the old run; the machine tells them with the first step of the new one.
            self._runs.drop(raw, whose.id)
        flows = self._editions.needed(raw, whose.account, edition)
        step = advance(run, Begin(), view_of(whose), flows, now.at)
        # The effects begin with the end of the run before, whose guests leave.
        kept = Kept(secrets.token_hex(ID_BYTES), present=() if before is None else before.kept.present)
        standing = Standing(edition.id, edition.version, kept, now.at)
        return self._commit(raw, whose, standing, step, now)

    def _tell(
        self, raw: sqlite3.Connection, whose: Subscriber, standing: Standing | None, event: Event, now: Circumstances
    ) -> Led:
        run = None if standing is None else standing.kept.run
        if standing is None or run is None:
            return Led()
        here = self._editions.edition(raw, run.flow, run.version)
        if here is None:
            return Led()
        step = advance(run, event, view_of(whose), self._editions.needed(raw, whose.account, here), now.at)
        if step.run == run and not step.effects:
            self._plan(raw, whose, run)  # it was told too early, or of something else
            return Led(running=True, started_at=standing.started_at)
        return self._commit(raw, whose, standing, step, now)

    def _commit(
        self, raw: sqlite3.Connection, whose: Subscriber, standing: Standing, step: Step, now: Circumstances
    ) -> Led:
        changed, letters, kept = whose, list[Letter](), standing.kept
        for effect in step.effects:
            if isinstance(effect, Say):
                letters.append(self._steps.queue(raw, _letter(changed, standing.flow, effect, now)))
            elif isinstance(effect, Conversion):
                self._converted(raw, whose, effect, now.at)
            elif isinstance(effect, Call):
                self._call(raw, whose, kept.id, effect, now.at)
            elif isinstance(effect, HandOff | HandBack):
                if isinstance(effect, HandOff):
                    kept = replace(kept, let_in=False, present=self._runs.persons(raw, whose.conv, whose.user))
                self._hand(raw, whose, kept, effect, now.at)
            else:
                view = after(view_of(changed), effect)
                changed = replace(changed, tags=view.tags, fields=view.fields)
        if changed is not whose:
            self._writes.change(raw, whose, changed, now.at)
        self._stand(raw, whose, replace(standing, kept=kept), step.run)
        running = step.run is not None
        return Led(tuple(letters), running=running, started_at=standing.started_at, fault=step.fault)

    def _stand(self, raw: sqlite3.Connection, whose: Subscriber, standing: Standing, run: Run | None) -> None:
        if run is None:
            self._runs.drop(raw, whose.id)
        else:
            kept = replace(standing.kept, run=run)
            self._runs.put(raw, whose.id, Standing(run.flow, run.version, kept, standing.started_at))
        self._plan(raw, whose, run)

    def _plan(self, raw: sqlite3.Connection, whose: Subscriber, run: Run | None) -> None:
        if run is None or run.deadline_ms is None:
            self._agenda.drop(raw, KIND, whose.conv)
        else:
            self._agenda.put(raw, KIND, whose.conv, run.deadline_ms)

    def _converted(self, raw: sqlite3.Connection, whose: Subscriber, effect: Conversion, at: int) -> None:
        self._tallies.happen(raw, whose.account, whose.platform, "conversion", at, effect.name, effect.value)

    def _call(self, raw: sqlite3.Connection, whose: Subscriber, id: str, call: Call, at: int) -> None:
        request = FlowCall(
            run=id,
            number=call.number,
            url=call.url,
            method=call.method,
            headers=dict(call.headers),
            body=None if call.body is None else dict(call.body),
            timeout_s=call.timeout_s,
        )
        self._wait(raw, Lane(FLOWCALL, whose.conv), f"{id}.{call.number}", whose, at, request)

    def _hand(self, raw: sqlite3.Connection, whose: Subscriber, kept: Kept, effect: Effect, at: int) -> None:
        if isinstance(effect, HandOff | HandBack):
            people = People(
                run=kept.id,
                account=whose.account,
                usernames=effect.people,
                let_in=isinstance(effect, HandOff),
                present=kept.present,
            )
            self._wait(raw, Lane(HANDOFF, whose.conv), f"{kept.id}.{secrets.token_hex(4)}", whose, at, people)

    def _wait(
        self, raw: sqlite3.Connection, lane: Lane, id: str, whose: Subscriber, at: int, body: FlowCall | People
    ) -> None:
        self._hooks.wait(raw, lane, id, (SUBSCRIBER, whose.id), at, msgspec.json.encode(body).decode())


class Leading:
    """The `Leading` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, leader: Leader) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._leader = leader

    async def begin(self, subscriber: int, flow: int, now: Circumstances) -> Led | None:
        """Start a flow."""
        return await self._write(lambda raw: self._leader.begin(raw, subscriber, flow, now))

    async def heard(self, reply: NewReply, now: Circumstances) -> Led:
        """The subscriber has spoken."""
        return await self._write(lambda raw: self._leader.heard(raw, reply, now))

    async def due(self, subscriber: int, now: Circumstances) -> Led:
        """A time has come."""
        return await self._write(lambda raw: self._leader.tell(raw, subscriber, Due(), now))

    async def answered(self, subscriber: int, run: str, number: int, *, ok: bool, json: Any, now: Circumstances) -> Led:
        """A call has ended."""
        answer = Answered(number, ok, json)
        return await self._write(lambda raw: self._leader.answered(raw, subscriber, run, answer, now))

    async def released(self, subscriber: int, now: Circumstances) -> Led:
        """The people have let go."""
        return await self._write(lambda raw: self._leader.tell(raw, subscriber, Released(), now))

    async def let_in(self, subscriber: int, run: str) -> None:
        """The people are there."""
        await self._write(lambda raw: self._leader.let_in(raw, subscriber, run))

    async def handed(self, subscriber: int) -> Handed | None:
        """Whether persons have the conversation."""
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._leader.handed(raw, subscriber)))

    async def end(self, subscriber: int, now: int) -> None:
        """Have nothing run any more."""
        await self._write(lambda raw: self._leader.end(raw, subscriber, now))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))


def _letter(whose: Subscriber, flow: int, say: Say, now: Circumstances) -> NewLetter:
    shown = tracked(say.body, now.public_url) if say.track_links else None
    return NewLetter(
        account=whose.account,
        subscriber=whose.id,
        platform=whose.platform,
        at=now.at,
        text=say.body,
        body=say.body if shown is None else shown.body,
        links=() if shown is None else shown.links,
        type=say.type,
        attachment=say.attachment,
        error=now.obstacle,
        flow=flow,
    )
