"""What is remembered of what was read, and until when."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from storage.memo import Memo
from storage.store import DATABASE_FILE
from tests.storage.subject import real_subject


def test_an_answer_is_known_until_something_changes_it() -> None:
    memo: Memo[str, int] = Memo()
    memo.keep("a", 1, memo.now)
    memo.keep("b", 2, memo.now)
    memo.changed(["a", "unknown"])
    assert (memo.get("a"), memo.get("b")) == (None, 2)
    memo.all_changed()
    assert (memo.get("b"), len(memo)) == (None, 0)


def test_what_was_being_read_during_a_change_is_not_kept() -> None:
    memo: Memo[str, int] = Memo()
    changes: list[Callable[[], None]] = [memo.all_changed, lambda: memo.changed(["a"]), lambda: memo.changed(["b"])]
    for change in changes:
        then = memo.now
        change()
        memo.keep("a", 1, then)
        assert memo.get("a") is None


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    memo: Memo[str, int] = Memo(bound=2)
    memo.keep("a", 1, 0)
    memo.keep("b", 2, 0)
    assert memo.get("a") == 1
    memo.keep("c", 3, 0)
    assert (memo.get("a"), memo.get("b"), memo.get("c")) == (1, None, 3)


async def test_a_bots_login_and_rooms_are_read_once(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as subject:
        alice = await subject.user("alice")
        made = await subject.accounts.create_bot(
            subject.numbers.bot(), alice, name="ci", webhook_url=None, avatar=None, description=None
        )
        login = await subject.accounts.by_key_access(str(made.key_access))
        assert login is not None
        conv = await subject.room(alice, login.caller)
        assert await subject.library.memberships(login.caller.who) == [conv]
        assert await subject.library.memberships(alice.who) == [conv]
        # Nobody else may write while a hub runs; here it shows what is read.
        with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as raw, raw:
            raw.execute("DELETE FROM credentials")
            raw.execute("DELETE FROM members")
        assert await subject.accounts.by_key_access(str(made.key_access)) == login
        assert await subject.library.memberships(login.caller.who) == [conv]
        assert await subject.library.memberships(alice.who) == []
        await subject.accounts.update_bot(made.id, {"description": "changed"})
        assert await subject.accounts.by_key_access(str(made.key_access)) is None
        await subject.room(alice, login.caller)
        assert len(await subject.library.memberships(login.caller.who)) == 1
