"""What is counted for the dashboards of accounts, in the transactions of what is counted.

Every method runs in a connection's thread, inside a transaction. Whoever makes or ends a subscriber counts
`subscribed` and `unsubscribed`; whoever moves a message calls `letter`; clicks, replies and conversions `happen`.
What is counted here and what `storage.chatpion.analytics` counts from rows is the same: a test holds them together.
"""

from __future__ import annotations

import json
import sqlite3

from sqlalchemy import Dialect, bindparam, insert, update

from actors.chatpion.analytics import DAY_MS, Happening, What, reached
from actors.chatpion.values import Letter
from storage.chatpion.tables import happenings, tallies
from storage.looks import Change
from storage.statements import Wording


class Tallies:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect, wording: Wording) -> None:
        row = tallies.c
        mine = (
            row.account == bindparam("whose"),
            row.day == bindparam("which_day"),
            row.platform == bindparam("where"),
            row.what == bindparam("kind"),
        )
        more = update(tallies).where(*mine).values(count=row.count + bindparam("by"))
        self._begin = Change(wording.insert_or_ignore(tallies), dialect)
        self._more = Change(more, dialect)
        self._happen = Change(insert(happenings), dialect)

    def count(self, raw: sqlite3.Connection, account: int, platform: str, what: What, at: int, by: int = 1) -> None:
        """Count one more, or so many, for the UTC day of `at`."""
        day = at // DAY_MS
        if self._more.run(raw, whose=account, which_day=day, where=platform, kind=what, by=by) == 0:
            self._begin.run(raw, account=account, day=day, platform=platform, what=what, count=by)

    def letter(self, raw: sqlite3.Connection, before: Letter | None, after: Letter) -> None:
        """Count what a message has become, once each, for the day of its `sent_at`; None: it was not there before."""
        if before is not None and reached(before) and before.sent_at != after.sent_at:
            raise ValueError("a message that was counted keeps its time")
        for what in reached(after) - reached(before):
            self.count(raw, after.account, after.platform, what, after.sent_at)

    def happen(
        self,
        raw: sqlite3.Connection,
        account: int,
        platform: str,
        what: Happening,
        at: int,
        name: str | None = None,
        value: float | None = None,
    ) -> None:
        """Note a click, a reply or a conversion, and count it."""
        text = None if value is None else json.dumps(value)
        fresh = {"id": None, "account": account, "platform": platform, "what": what, "at": at}
        self._happen.run(raw, **fresh, name=name, value=text)
        self.count(raw, account, platform, what, at)
