"""What is counted as it happens is what counting everything afterwards would give."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert
from sqlalchemy.dialects import sqlite

from actors.chatpion.analytics import DAY_MS, Happening, Span, What, reached
from actors.chatpion.values import Letter, LetterState
from storage.chatpion.analytics import Counting
from storage.chatpion.tables import letters, subscribers
from storage.chatpion.tallies import Tallies
from storage.looks import Change
from storage.models import metadata
from storage.sqlite import SqliteWording

DIALECT = sqlite.dialect(paramstyle="qmark")
TALLIES = Tallies(DIALECT, SqliteWording())
COUNTING = Counting(DIALECT)
SUBSCRIBE = Change(insert(subscribers), DIALECT)
WRITE = Change(insert(letters), DIALECT)

times = st.integers(0, 4 * DAY_MS) | st.integers(0, 8).map(lambda half: half * DAY_MS // 2)
accounts, platforms = st.sampled_from((1, 2)), st.sampled_from(("hub", "webhook"))


class Came(NamedTuple):
    """A subscriber, and perhaps its end."""

    account: int
    platform: str
    at: int
    end: int | None


class Wrote(NamedTuple):
    """A message, and every state that it went through."""

    account: int
    platform: str
    at: int
    states: tuple[LetterState, ...]
    direction: str


class Did(NamedTuple):
    """A click, a reply, a conversion."""

    account: int
    platform: str
    at: int
    what: Happening


STATES: tuple[tuple[LetterState, ...], ...] = (
    ("queued",),
    ("failed",),
    ("queued", "sent"),
    ("queued", "sent", "failed"),
    ("queued", "sent", "delivered", "read"),
    ("queued", "sent", "delivered"),
    ("queued", "sent", "delivered", "failed"),
)
came = st.builds(
    lambda a, p, at, stay: Came(a, p, at, stay and at + stay), accounts, platforms, times, st.none() | times
)
wrote = st.builds(Wrote, accounts, platforms, times, st.sampled_from(STATES), st.sampled_from(("out", "out", "in")))
did = st.builds(Did, accounts, platforms, times, st.sampled_from(("click", "reply", "conversion")))
histories = st.lists(came | wrote | did, max_size=30)


class Kept(msgspec.Struct):
    """A database with a history in it, and that history as rows."""

    raw: sqlite3.Connection
    letters: list[Letter]
    came: list[Came]
    did: list[Did]


def keep(raw: sqlite3.Connection, history: Sequence[Came | Wrote | Did]) -> Kept:
    kept = Kept(raw, [], [], [])
    for number, item in enumerate(history, 1):
        if isinstance(item, Came):
            kept.came.append(subscribe(raw, number, item))
        elif isinstance(item, Wrote):
            kept.letters.append(write(raw, number, item))
        else:
            TALLIES.happen(raw, item.account, item.platform, item.what, item.at)
            kept.did.append(item)
    return kept


def subscribe(raw: sqlite3.Connection, id: int, new: Came) -> Came:
    row = {"id": id, "account": new.account, "platform": new.platform, "platform_id": str(id), "tags": "[]"}
    rest = {"name": None, "email": None, "fields": "{}", "conv": id, "user": id}
    SUBSCRIBE.run(raw, **row, **rest, subscribed_at=new.at, deleted_at=new.end)
    TALLIES.count(raw, new.account, new.platform, "subscribed", new.at)
    if new.end is not None:
        TALLIES.count(raw, new.account, new.platform, "unsubscribed", new.end)
    return new


def write(raw: sqlite3.Connection, id: int, new: Wrote) -> Letter:
    before, letter = None, blank(id, new)
    for state in new.states:
        step = {} if state in ("queued", "sent") else {f"{state}_at": new.at + 7}
        place = {} if state in ("queued", "failed") else {"seq": id}
        letter = msgspec.structs.replace(letter, state=state, **step, **place)
        TALLIES.letter(raw, before, letter)
        TALLIES.letter(raw, letter, letter)
        before = letter
    WRITE.run(raw, **msgspec.structs.asdict(letter))
    return letter


def blank(id: int, new: Wrote) -> Letter:
    known = {"id": id, "account": new.account, "subscriber": 1, "platform": new.platform, "direction": new.direction}
    return msgspec.convert(
        {**known, "type": "text", "text": "", "body": "", "state": "queued", "sent_at": new.at}, Letter
    )


def counted(kept: Kept, account: int, asked: Span, platform: str | None) -> Counter[What]:
    """By looking at everything."""
    counts: Counter[What] = Counter()

    def mine(item: Letter | Came | Did) -> bool:
        return item.account == account and platform in (None, item.platform)

    for letter in filter(mine, kept.letters):
        counts.update(reached(letter) if asked.start <= letter.sent_at < asked.end else ())
    for item in filter(mine, kept.did):
        counts[item.what] += asked.start <= item.at < asked.end
    for one in filter(mine, kept.came):
        counts["subscribed"] += asked.start <= one.at < asked.end
        counts["unsubscribed"] += one.end is not None and asked.start <= one.end < asked.end
    return +counts


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = Path(tmp_path_factory.mktemp("tallies")) / "kept.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(
        engine, tables=[metadata.tables[name] for name in ("subscribers", "letters", "happenings", "tallies")]
    )
    engine.dispose()
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


@given(
    history=histories,
    asked=st.builds(lambda start, length: Span(start, start + length), times, st.integers(1, 3 * DAY_MS)),
    account=accounts,
    platform=st.none() | platforms | st.just("telegram"),
)
def test_counting_as_it_happens_and_counting_everything_are_the_same(
    raw: sqlite3.Connection, history: list[Came | Wrote | Did], asked: Span, account: int, platform: str | None
) -> None:
    raw.execute("BEGIN")
    try:
        kept = keep(raw, history)
        shown = COUNTING.dashboard(raw, account, asked, platform, 9 * DAY_MS)
        ever = counted(kept, account, Span(0, asked.end), platform)
    finally:
        raw.execute("ROLLBACK")
    assert Counter(shown.counts) == counted(kept, account, asked, platform)
    assert shown.present == ever["subscribed"] - ever["unsubscribed"]


def test_rows_of_whole_days_are_not_looked_at(raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN")
    try:
        TALLIES.count(raw, 1, "hub", "click", DAY_MS + 5, 40)
        shown = COUNTING.dashboard(raw, 1, Span(DAY_MS - 5, 2 * DAY_MS + 5), None, 9 * DAY_MS)
    finally:
        raw.execute("ROLLBACK")
    assert shown.of("click") == 40


@pytest.mark.parametrize("look", ["_happened", "_letters", "_days"])
def test_a_dashboard_finds_rows_by_account_and_time(raw: sqlite3.Connection, look: str) -> None:
    statement = getattr(COUNTING, look)
    values = {"whose": 1, "since": 0, "until": 5, "where": None}
    plan = raw.execute(f"EXPLAIN QUERY PLAN {statement._text}", statement._placed(values)).fetchall()
    searches = [step[3] for step in plan if "SEARCH" in step[3]]
    assert searches
    assert all("account=?" in search and ">?" in search for search in searches)


def test_a_message_that_was_counted_keeps_its_time(raw: sqlite3.Connection) -> None:
    sent = msgspec.structs.replace(blank(1, Wrote(1, "hub", 5, (), "out")), state="sent", seq=1)
    with pytest.raises(ValueError, match="keeps its time"):
        TALLIES.letter(raw, sent, msgspec.structs.replace(sent, sent_at=6))
