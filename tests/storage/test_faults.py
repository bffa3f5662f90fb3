"""The database locked, the disk full, the process gone: what is promised then, on a real file."""

import contextlib
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from actors.messages.changes import SaveMarks
from actors.messages.conversation import CommitFailed, Committed
from actors.ports import LogBusy, LogUnavailable, StoreUnavailable
from actors.values import Caller, Mark
from protocol.frames import Actor
from storage.store import DATABASE_FILE
from tests.storage.subject import RealSubject, real_subject


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Another process holds the write lock."""
    other = sqlite3.connect(directory / DATABASE_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextlib.contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Writes beyond this offset of any file fail, as on a broken disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def pragma(real: RealSubject, text: str) -> int:
    """Say a pragma on the writing connection."""
    work: Callable[[sqlite3.Connection], int] = lambda raw: raw.execute(f"PRAGMA {text}").fetchone()[0]  # noqa: E731
    return await real.storage.log._bridge.call(lambda: real.storage.log._database.hop(work))


async def healthy(real: RealSubject) -> None:
    """Wait until the storage says that it takes writes."""
    with trio.fail_after(3):
        while real.storage.health() is not None:  # noqa: ASYNC110 — this is how /up asks
            await trio.sleep(0.02)


async def settled_room(real: RealSubject) -> tuple[Caller, int]:
    alice = await real.user("alice")
    conv = await real.room(alice)
    real.told.clear()
    return alice, conv


async def check_refuses_and_reads(real: RealSubject, alice: Caller, conv: int, reason: str) -> None:
    """Everything that waited has failed, the next is refused at once, and reads go on."""
    assert real.told == [(conv, CommitFailed(term=real.term, conflict=False, retry_ms=500))]
    assert real.storage.health() == reason
    with pytest.raises(LogUnavailable, match=reason):
        real.log.submit(real.append(real.message(conv, alice, "refused")))
    assert len(await real.library.events(conv, 0, 10)) == 1


async def check_goes_on(real: RealSubject, alice: Caller, conv: int) -> None:
    """The log takes up where the last committed event is."""
    await healthy(real)
    real.told.clear()
    real.rewind(conv, 1)
    await real.post(conv, alice, "again")
    assert real.told == [(conv, Committed(term=real.term, through=2))]
    assert [event.seq for event in await real.library.events(conv, 0, 10)] == [1, 2]


async def test_a_locked_database_fails_within_a_second_and_heals_by_itself(real: RealSubject, tmp_path: Path) -> None:
    alice, conv = await settled_room(real)
    with locked(tmp_path):
        started = time.perf_counter()
        await real.commit(*(real.append(real.message(conv, alice, "lost")) for _ in range(3)))
        assert time.perf_counter() - started < 1
        await check_refuses_and_reads(real, alice, conv, "the database is locked")
    await check_goes_on(real, alice, conv)


async def test_a_full_disk_fails_what_waits_and_heals_by_itself(real: RealSubject) -> None:
    alice, conv = await settled_room(real)
    await pragma(real, f"max_page_count = {await pragma(real, 'page_count')}")
    await real.commit(real.append(real.message(conv, alice, "x" * 100_000)))
    await check_refuses_and_reads(real, alice, conv, "the disk is full")
    await trio.sleep(0.6)  # the probe does not take a full disk for a whole one
    assert real.storage.health() == "the disk is full"
    await pragma(real, "max_page_count = 1000000")
    await check_goes_on(real, alice, conv)


async def test_a_disk_that_fails_is_used_again_once_it_works(real: RealSubject, tmp_path: Path) -> None:
    alice, conv = await settled_room(real)
    with file_size_limit((tmp_path / f"{DATABASE_FILE}-wal").stat().st_size):
        await real.commit(real.append(real.message(conv, alice, "x" * 1_000_000)))
        await check_refuses_and_reads(real, alice, conv, "the disk fails")
    await check_goes_on(real, alice, conv)


async def test_what_waits_behind_a_failed_commit_fails_with_it(tmp_path: Path) -> None:
    async with real_subject(tmp_path, batch_rows=5) as real:
        alice = await real.user("alice")
        rooms = [await real.room(alice) for _ in range(3)]
        real.told.clear()
        with locked(tmp_path):
            started = time.perf_counter()
            await real.commit(*(real.append(real.message(conv, alice, "lost")) for _ in range(10) for conv in rooms))
            assert time.perf_counter() - started < 1  # not one timeout after the other
        failed = CommitFailed(term=1, conflict=False, retry_ms=500)
        assert set(real.told) == {(conv, failed) for conv in rooms}


async def test_a_full_queue_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    async with real_subject(tmp_path, batch_rows=5, busy_timeout_ms=2_000) as real:
        alice, conv = await settled_room(real)
        with locked(tmp_path):
            for _ in range(50):
                real.log.submit(real.append(real.message(conv, alice, "hi")))
            with pytest.raises(LogBusy) as caught:
                real.log.submit(real.append(real.message(conv, alice, "one too many")))
            assert caught.value.retry_ms > 0
            assert real.storage.statistics().queued_rows == 50
        await real.log.settled(conv)
        assert real.told[-1] == (conv, Committed(term=1, through=51))
        assert real.storage.statistics().queued_rows == 0


async def test_a_value_that_no_column_takes_costs_its_own_conversation_only(real: RealSubject) -> None:
    alice = await real.user("alice")
    good, bad = await real.room(alice), await real.room(alice)
    real.told.clear()
    await real.commit(
        real.append(real.message(good, alice, "before")),
        real.append(real.message(bad, alice, "\ud800")),
        real.append(real.message(good, alice, "after")),
    )
    assert dict(real.told) == {
        good: Committed(term=1, through=3),
        bad: CommitFailed(term=1, conflict=False, retry_ms=500),
    }
    assert real.storage.health() is None


async def test_a_conversation_that_cannot_be_told_leaves_the_others_alone(
    real: RealSubject, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await real.user("alice")
    deaf, good = await real.room(alice), await real.room(alice)
    heard: list[int] = []

    def hear(conv: int, _notice: object) -> None:
        if conv == deaf:
            raise RuntimeError("no mailbox")
        heard.append(conv)

    monkeypatch.setattr(real.storage.log, "_report", hear)
    await real.commit(real.append(real.message(deaf, alice, "x")), real.append(real.message(good, alice, "y")))
    assert heard == [good]
    assert "could not be told" in caplog.text


async def test_accounts_say_that_the_storage_is_unavailable(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    with locked(tmp_path), pytest.raises(StoreUnavailable, match="locked") as caught:
        await real.accounts.rename_user(alice.id, "x")
    assert caught.value.retry_ms > 0
    assert (await real.accounts.rename_user(alice.id, "y")).name == "y"


async def test_markers_of_a_failed_commit_fail_like_all_else(real: RealSubject, tmp_path: Path) -> None:
    alice, conv = await settled_room(real)
    with locked(tmp_path):
        await real.commit(SaveMarks(conv=conv, term=1, marks=[Mark(alice.who, 1, 1)]))
    assert real.told == [(conv, CommitFailed(term=1, conflict=False, retry_ms=500))]


async def test_cancelling_a_call_abandons_its_answer_only(real: RealSubject, tmp_path: Path) -> None:
    alice, conv = await settled_room(real)
    with locked(tmp_path):
        with trio.move_on_after(0.05) as scope:
            await real.accounts.rename_user(alice.id, "x")
        assert scope.cancelled_caught
    with trio.move_on_after(0):
        await real.library.conversation(conv)
    await real.post(conv, alice, "hi")
    assert real.told[-1] == (conv, Committed(term=1, through=2))


async def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as before:
        alice = await before.user("alice")
        conv = await before.room(alice, name="ops")
        said = await before.post(conv, alice, "the treasure")
    async with real_subject(tmp_path) as after:
        record = await after.library.conversation(conv)
        assert record is not None
        assert (record.name, record.head, [member.actor for member in record.members]) == (
            "ops",
            2,
            [Actor("user", alice.id, "alice")],
        )
        assert await after.library.events(conv, 1, 10) == [said]
        assert after.numbers.message() > said.id
        assert after.numbers.conversation() > conv
        found = await after.library.search(alice.who, "treasure", conv=None, before=None, limit=10)
        assert found is not None
        assert [message.id for message in found.messages] == [said.id]
        await after.indexed()
        assert await after.library.search(alice.who, "treasure", conv=None, before=None, limit=10) == found


async def test_what_was_taken_is_committed_and_told_before_the_storage_closes(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        alice, conv = await settled_room(real)
        for _ in range(20):
            real.log.submit(real.append(real.message(conv, alice, "hi")))
    assert real.told[-1] == (conv, Committed(term=1, through=21))
    with pytest.raises(LogUnavailable, match="stopping"):
        real.log.submit(real.append(real.message(conv, alice, "late")))


async def test_a_storage_that_cannot_commit_any_more_still_closes(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        async with real_subject(tmp_path) as real:
            alice, conv = await settled_room(real)
            stack.enter_context(locked(tmp_path))
            real.log.submit(real.append(real.message(conv, alice, "hi")))
            started = time.perf_counter()
        assert time.perf_counter() - started < 3
        assert real.told == [(conv, CommitFailed(term=1, conflict=False, retry_ms=500))]
