"""Which threads of bots are one with which conversations, and what bots tell of such threads on its way there.

Runs in a connection's thread, inside a transaction or snapshot.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

from sqlalchemy import Dialect, bindparam, delete, insert, select

from actors.bridging import TO_ROOM, Bridge, spoken
from actors.values import BotMessage
from storage.looks import Change, Look
from storage.models import bridges, outbox


class BridgeRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        row = bridges.c
        mine = row.bot == bindparam("whose")
        columns = (row.conv, row.thread_id, row.thread_type)
        self._all = Look(select(*columns).where(mine), dialect)
        self._one = Look(select(*columns).where(mine, row.conv == bindparam("room")), dialect)
        self._clear = Change(delete(bridges).where(mine), dialect)
        self._insert = Change(insert(bridges), dialect)
        self._post = Change(insert(outbox), dialect)

    def one(self, raw: sqlite3.Connection, bot: int, conv: int) -> Bridge | None:
        """The bot's bridge to a conversation."""
        row = self._one.first(raw, whose=bot, room=conv)
        return None if row is None else _bridge(*row)

    def replace(self, raw: sqlite3.Connection, bot: int, wanted: Sequence[Bridge]) -> None:
        """Have these and no others."""
        self._clear.run(raw, whose=bot)
        self._insert.run_each(raw, [_row(bot, bridge) for bridge in wanted])

    def post(self, raw: sqlite3.Connection, bot: int, told: Sequence[BotMessage]) -> None:
        """Put into the outbox what is to be said in conversations because of these, in order."""
        rooms = {
            bridge.thread: bridge.conversation for bridge in (_bridge(*row) for row in self._all.all(raw, whose=bot))
        }
        for message in told:
            conv = rooms.get((message.thread_type, message.thread_id or ""))
            if conv is not None:
                self._post.run(raw, **_posting(conv, message))


def _bridge(conv: int, thread_id: str, thread_type: str) -> Bridge:
    return Bridge(conversation=conv, thread_id=thread_id, thread_type="GROUP" if thread_type == "GROUP" else "USER")


def _row(bot: int, bridge: Bridge) -> dict[str, object]:
    return {
        "bot": bot,
        "conv": bridge.conversation,
        "thread_type": bridge.thread_type,
        "thread_id": bridge.thread_id,
    }


def _posting(conv: int, message: BotMessage) -> dict[str, object]:
    return {
        # Drawn, for nothing else of a report is its own: two that say the same are two messages.
        "id": f"post_{secrets.token_hex(16)}",
        "kind": TO_ROOM,
        "receiver": message.bot,
        "conv": conv,
        "message": 0,
        "seq": 0,
        "by_bot": 0,
        "state": "pending",
        "attempts": 0,
        "next_at": message.at,
        "outcome": None,
        "created_at": message.at,
        "body": spoken(message),
    }
