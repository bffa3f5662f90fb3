"""What stays in the database of calls that were made."""

import sqlite3
from contextlib import closing
from pathlib import Path

from actors.messages.changes import Hook
from actors.values import Caller, Lane, Verdict
from storage.store import DATABASE_FILE
from tests.storage.subject import RealSubject


def states(directory: Path) -> list[tuple[str, str, int, str | None]]:
    with closing(sqlite3.connect(directory / DATABASE_FILE)) as database, database:
        return database.execute("SELECT id, state, attempts, outcome FROM outbox ORDER BY position").fetchall()


async def call(real: RealSubject, conv: int, by: Caller, *ids: str, person: int | None = None) -> None:
    lane = Lane("cordless", 1)
    for name in ids:
        event = real.message(conv, by, "x")
        await real.commit(real.append(event, [Hook(name, "cordless", 1, person)]))
    for due in (await real.outbox.due(lane, 10**15, 100)).calls:
        await real.outbox.record(lane, due, Verdict("done", "204"))


async def test_the_last_outcomes_stay(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    bot = await real.bot("ci", alice)
    await real.accounts.update_bot(bot.id, {"webhook_url": "http://h/"})
    conv = await real.room(alice, bot)
    await call(real, conv, alice, "a", "b", "c")
    await real.outbox.trim(Lane("cordless", bot.id), waiting=10, ended=2)
    assert states(tmp_path) == [("b", "done", 1, "204"), ("c", "done", 1, "204")]


async def test_what_bots_caused_stays_for_a_day(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    bot = await real.bot("ci", alice)
    await real.accounts.update_bot(bot.id, {"webhook_url": "http://h/"})
    conv = await real.room(alice, bot)
    await call(real, conv, bot, "by_bot", person=0)
    await call(real, conv, alice, "a", "b")
    await real.outbox.trim(Lane("cordless", bot.id), waiting=10, ended=1)
    assert [row[0] for row in states(tmp_path)] == ["by_bot", "b"]
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as database, database:
        database.execute("UPDATE outbox SET created_at = created_at + 86400001 WHERE id = 'b'")
    await real.outbox.trim(Lane("cordless", bot.id), waiting=10, ended=1)
    assert [row[0] for row in states(tmp_path)] == ["b"]
