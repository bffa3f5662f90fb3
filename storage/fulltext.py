"""The full-text index: an FTS5 trigram table over the folded text of every message, filled after the fact.

Measured on 200-character messages: kept in the same transaction, in commits of ten, the index costs 90 µs a message;
in transactions of its own, a hundred at a time, half of that, and no publisher waits for it. So a commit only notes
the message in `unindexed`, durably; the indexer takes the notes down when nobody else writes, and a search looks
through what is still noted one by one. Nothing that is committed is ever missed, whenever the hub stops.

`detail=none` stores which messages have a trigram and not where: half the work and half the bytes; each candidate is
compared with the whole word anyway.
"""

import sqlite3

from sqlalchemy import TextClause, column, table, text

from storage.text import fold

index = table("search_index", column("rowid"))

CREATE = (
    "CREATE VIRTUAL TABLE search_index USING fts5(text, content='search_texts', content_rowid='id', "
    "tokenize='trigram case_sensitive 1', detail=none, columnsize=0)"
)

NOTED = (
    "SELECT u.id, m.body FROM unindexed u LEFT JOIN messages m ON m.id = u.id AND m.deleted = 0 ORDER BY u.id LIMIT ?"
)
# The index has no copy of its own: to forget a text it must be told which one it was.
FORGET = (
    "INSERT INTO search_index (search_index, rowid, text) "
    "SELECT 'delete', id, text FROM search_texts WHERE id IN (SELECT id FROM unindexed WHERE id <= ?)"
)
DROP = "DELETE FROM search_texts WHERE id IN (SELECT id FROM unindexed WHERE id <= ?)"
STORE = "INSERT INTO search_texts (id, text) VALUES (?, ?)"
INDEX = "INSERT INTO search_index (rowid, text) VALUES (?, ?)"
DONE = "DELETE FROM unindexed WHERE id <= ?"


def index_some(connection: sqlite3.Connection, limit: int) -> int:
    """Index up to `limit` noted messages, the oldest first, in one transaction; return how many there were."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        count = _take_down(connection, limit)
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return count


def backlog(connection: sqlite3.Connection) -> int:
    """Count the messages that are noted and not indexed."""
    count: int = connection.execute("SELECT count(*) FROM unindexed").fetchone()[0]
    return count


def match(grams: list[str]) -> TextClause:
    """Select the rows of `index` whose texts have all these trigrams. What the user typed is quoted, never syntax."""
    expression = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams)
    return text("search_index MATCH :trigrams").bindparams(trigrams=expression)


def _take_down(connection: sqlite3.Connection, limit: int) -> int:
    noted = connection.execute(NOTED, (limit,)).fetchall()
    if not noted:
        return 0
    last = (noted[-1][0],)
    texts = [(message, fold(body)) for message, body in noted if body is not None]
    connection.execute(FORGET, last)
    connection.execute(DROP, last)
    connection.executemany(STORE, texts)
    connection.executemany(INDEX, texts)
    connection.execute(DONE, last)
    return len(noted)
