"""All that ChatPion keeps, put together: `storage.chatpion`, one attribute a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from actors.values import Who
from storage.bridge import Bridge
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
    """One attribute a port of `actors.chatpion.ports`."""


def assemble(means: Means) -> ChatPion:
    """Make every part."""
    return ChatPion()
