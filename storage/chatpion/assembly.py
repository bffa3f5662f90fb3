"""All that ChatPion keeps, put together: `storage.chatpion`, one attribute a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from actors.chatpion.ports import KeyLogin
from actors.values import Who
from storage.bridge import Bridge
from storage.chatpion.agenda import Agenda, AgendaRows
from storage.chatpion.analytics import Analytics
from storage.chatpion.broadcasts import Broadcasts, BroadcastSteps
from storage.chatpion.flows import Flows
from storage.chatpion.guests import Guests
from storage.chatpion.hooks import EventHooks, HookRows
from storage.chatpion.keys import Keys
from storage.chatpion.leading import Leader, Leading
from storage.chatpion.letter_rows import LetterReads
from storage.chatpion.letters import Letters
from storage.chatpion.links import LinkRows, Links
from storage.chatpion.routes import Routes
from storage.chatpion.runs import Editions, RunRows
from storage.chatpion.social import SocialAccounts
from storage.chatpion.steps import Steps
from storage.chatpion.subscriber_rows import SubscriberRows
from storage.chatpion.subscriber_writes import SubscriberWrites
from storage.chatpion.subscribers import Subscribers
from storage.chatpion.tallies import Tallies
from storage.chatpion.tenants import Refresh, Tenants
from storage.chatpion.uses import Uses
from storage.chatpion.wakes import Wakes
from storage.commit import Sql
from storage.database import Database
from storage.memo import Memo
from storage.numbers import Numbers
from storage.statements import Wording
from storage.together import Together
from storage.vault import Vault


class Means(NamedTuple):
    """What the parts are made with."""

    bridge: Bridge
    database: Database
    together: Together
    vault: Vault
    numbers: Numbers
    sql: Sql
    wording: Wording
    rooms: Memo[Who, Sequence[int]]
    """Who is in which conversations, remembered: to be told of whoever comes to one."""
    logins: Memo[bytes, KeyLogin]
    """Whose keys are whose, remembered."""
    refresh: Refresh


@dataclass(frozen=True)
class ChatPion:
    """One attribute a port of `actors.chatpion.ports`; `wakes` tells of lanes in which something waits."""

    tenants: Tenants
    keys: Keys
    uses: Uses
    social: SocialAccounts
    subscribers: Subscribers
    hooks: EventHooks
    letters: Letters
    flows: Flows
    leading: Leading
    analytics: Analytics
    links: Links
    agenda: Agenda
    broadcasts: Broadcasts
    wakes: Wakes


def assemble(means: Means) -> ChatPion:
    """Make every part."""
    bridge, database, together, dialect = means.bridge, means.database, means.together, means.database.dialect
    wakes = Wakes(bridge)
    together.after_each(wakes.committed)
    hooks, tallies = HookRows(dialect, wakes), Tallies(dialect, means.wording)
    reads = LetterReads(dialect)
    link_rows = LinkRows(dialect)
    steps = Steps(dialect, reads, hooks, tallies, link_rows, Routes(dialect))
    rows, guests = SubscriberRows(dialect), Guests(dialect, means.numbers, means.vault, means.sql)
    writes = SubscriberWrites(rows, guests, hooks, tallies)
    leader = Leader(
        subscribers=rows,
        writes=writes,
        steps=steps,
        hooks=hooks,
        tallies=tallies,
        agenda=AgendaRows(dialect, wakes),
        runs=RunRows(dialect),
        editions=Editions(dialect),
    )
    writes.call_when_found(leader.await_first)
    return ChatPion(
        tenants=Tenants(bridge, database, means.numbers, means.refresh),
        keys=Keys(bridge, database, means.vault, means.logins),
        uses=Uses(bridge, database, together),
        social=SocialAccounts(bridge, database, means.vault),
        subscribers=Subscribers(bridge, database, together, means.rooms, rows, writes, guests),
        hooks=EventHooks(bridge, database, together, means.vault, hooks),
        letters=Letters(bridge, database, together, reads, steps),
        flows=Flows(bridge, database, together, leader),
        leading=Leading(bridge, database, together, leader),
        analytics=Analytics(bridge, database),
        links=Links(bridge, database, together, link_rows, tallies),
        agenda=Agenda(bridge, database),
        broadcasts=Broadcasts(bridge, database, together, BroadcastSteps(dialect, hooks, steps, rows)),
        wakes=wakes,
    )
