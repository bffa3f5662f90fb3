"""All that ChatPion keeps, put together: `storage.chatpion`, one attribute a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from actors.values import Who
from storage.bridge import Bridge
from storage.chatpion.hooks import EventHooks, HookRows, Wakes
from storage.chatpion.letter_rows import LetterReads
from storage.chatpion.letters import Letters
from storage.chatpion.routes import Routes
from storage.chatpion.steps import Steps
from storage.chatpion.tallies import Tallies
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


@dataclass(frozen=True)
class ChatPion:
    """One attribute a port of `actors.chatpion.ports`; `wakes` tells of lanes in which something waits."""

    hooks: EventHooks
    letters: Letters
    wakes: Wakes


def assemble(means: Means) -> ChatPion:
    """Make every part."""
    bridge, database, together, dialect = means.bridge, means.database, means.together, means.database.dialect
    wakes = Wakes(bridge)
    together.after_each(wakes.committed)
    hooks, tallies = HookRows(dialect, wakes), Tallies(dialect, means.wording)
    reads = LetterReads(dialect)
    steps = Steps(dialect, reads, hooks, tallies, Routes(dialect))
    return ChatPion(
        hooks=EventHooks(bridge, database, together, means.vault, hooks),
        letters=Letters(bridge, database, together, reads, steps),
        wakes=wakes,
    )
