"""The index itself: what stands in it, and that upkeep keeps up."""

import sqlite3

import pytest

from storage.fulltext import index_some
from tests.storage.subject import RealSubject


async def rows(real: RealSubject, sql: str) -> list[tuple[object, ...]]:
    def work(raw: sqlite3.Connection) -> list[tuple[object, ...]]:
        return raw.execute(sql).fetchall()

    return await real.storage.log._bridge.call(lambda: real.storage.log._database.hop(work))


async def test_the_index_forgets_what_was_deleted_and_what_an_edit_replaced(real: RealSubject) -> None:
    alice = await real.user("alice")
    conv = await real.room(alice)
    edited = await real.post(conv, alice, "the old treasure")
    deleted = await real.post(conv, alice, "another treasure")
    await real.indexed()
    assert await rows(real, "SELECT rowid FROM search_index WHERE search_index MATCH '\"tre\"'") == [
        (edited.id,),
        (deleted.id,),
    ]
    await real.edit(conv, edited.id, alice, "silver")
    await real.delete(conv, deleted.id, alice)
    await real.indexed()
    assert await rows(real, "SELECT rowid FROM search_index WHERE search_index MATCH '\"tre\"'") == []
    assert await rows(real, "SELECT id, text FROM search_texts") == [(edited.id, "silver")]
    assert await rows(real, "SELECT * FROM unindexed") == []
    await rows(real, "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)")


async def test_a_backlog_of_many_is_taken_down_in_portions(real: RealSubject) -> None:
    alice = await real.user("alice")
    conv = await real.room(alice)
    await real.commit(*(real.append(real.message(conv, alice, f"word{number}")) for number in range(700)))
    assert real.storage.statistics().search_backlog >= 700
    await real.indexed()
    assert await rows(real, "SELECT count(*) FROM search_texts") == [(700,)]
    page = await real.library.search(alice.who, "word699", conv=None, before=None, limit=10)
    assert page is not None
    assert len(page.messages) == 1


def test_a_portion_that_fails_leaves_everything_as_it_was() -> None:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("CREATE TABLE unindexed (id INTEGER PRIMARY KEY)")
    raw.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT, deleted INTEGER)")
    raw.execute("INSERT INTO unindexed VALUES (1)")
    with pytest.raises(sqlite3.OperationalError):
        index_some(raw, 10)
    assert not raw.in_transaction
    raw.close()
