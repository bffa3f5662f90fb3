"""Whatever happens to subscribers, every list of them is what a look at each one would give."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import create_engine
from sqlalchemy.dialects import sqlite

from actors.chatpion.values import Subscriber
from storage.chatpion.subscriber_pages import SubscriberPages
from storage.chatpion.subscriber_rows import SubscriberRows
from storage.models import metadata

DIALECT = sqlite.dialect(paramstyle="qmark")
ROWS, PAGES = SubscriberRows(DIALECT), SubscriberPages(DIALECT)
ACCOUNTS, PLATFORMS, TAGS = (1, 2), ("hub", "webhook"), ("a", "b", "Ä")

tags = st.lists(st.sampled_from(TAGS), unique=True).map(tuple)
comings = st.tuples(st.just("come"), st.sampled_from(ACCOUNTS), st.sampled_from(PLATFORMS), tags)
changes = st.tuples(st.just("change"), st.integers(0, 11), tags)
ends = st.tuples(st.just("end"), st.integers(0, 11))


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        yield raw
    engine.dispose()


def come(raw: sqlite3.Connection, account: int, platform: str, tags: tuple[str, ...]) -> Subscriber:
    number = ROWS.next_id(raw)
    made = Subscriber(
        id=number,
        account=account,
        platform=platform,
        platform_id=f"p{number}",
        name=None,
        email=None,
        tags=tags,
        fields={},
        conv=number,
        user=number,
        subscribed_at=0,
    )
    ROWS.insert(raw, made)
    return made


@settings(max_examples=30)
@given(st.lists(comings | changes | ends, max_size=25))
def test_lists_and_numbers_are_of_those_that_are_there(steps: list[tuple[object, ...]]) -> None:
    there: list[Subscriber] = []
    with database() as raw:
        for step in steps:
            match step:
                case "come", int(account), str(platform), tuple(given):
                    there.append(come(raw, account, platform, given))
                case "change", int(which), tuple(given) if which < len(there):
                    after = replace(there[which], tags=given)
                    assert ROWS.save(raw, there[which], after) is (after != there[which])
                    there[which] = after
                case "end", int(which) if which < len(there):
                    ROWS.end(raw, there.pop(which), 1)
        for whose, where, tag in product(ACCOUNTS, (None, *PLATFORMS), (None, *TAGS)):
            mine = [one for one in there if one.account == whose and where in (None, one.platform)]
            wanted = [one for one in mine if tag is None or tag in one.tags]
            assert PAGES.page(raw, whose, 1, 100, where, tag) == (len(wanted), wanted)
            assert PAGES.page(raw, whose, 2, 2, where, tag) == (len(wanted), wanted[2:4])
