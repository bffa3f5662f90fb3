"""What only the real store can show: the disk, the clock, and what a crash leaves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from actors.ports import FileTooLarge, StoreUnavailable
from storage import open_storage
from storage.uploads import UNUSED_MS
from tests.storage.files import content_of, pieces, post_with, upload
from tests.storage.subject import RealSubject, real_subject

HOUR_MS = 3_600_000


class Wall:
    """A wall clock that stands still."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall(real: RealSubject) -> Wall:
    wall = Wall()
    real.storage.attachments._now_ms = real.storage.expiry._now_ms = wall
    return wall


def kept(directory: Path) -> list[str]:
    return sorted(
        file.parent.name + file.name for file in (directory / "files").glob("*/*") if file.parent.name != "incoming"
    )


def incoming(directory: Path) -> list[Path]:
    return list((directory / "files" / "incoming").iterdir())


async def test_the_same_content_is_one_file(real: RealSubject, tmp_path: Path) -> None:
    alice, bob = await real.user("alice"), await real.user("bob")
    first, second = await upload(real, alice), await upload(real, bob)
    assert first.id != second.id
    assert kept(tmp_path) == ["2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"]
    assert incoming(tmp_path) == []


async def test_files_are_for_their_owner_only(real: RealSubject, tmp_path: Path) -> None:
    await upload(real, await real.user("alice"))
    (digest,) = kept(tmp_path)
    file = tmp_path / "files" / digest[:2] / digest[2:]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_nothing_stays_of_an_upload_that_is_refused_cut_off_or_cancelled(
    real: RealSubject, tmp_path: Path
) -> None:
    alice = await real.user("alice")
    store = real.storage.attachments
    with pytest.raises(FileTooLarge):
        await store.save(pieces(*[bytes(1_000_000)] * 30), name="x", content_type=None, owner=alice.who)

    async def stalls() -> AsyncIterator[bytes]:
        yield bytes(1_000_000)
        assert len(incoming(tmp_path)) == 1
        scope.cancel()
        await trio.sleep_forever()

    with trio.CancelScope() as scope:
        await store.save(stalls(), name="x", content_type=None, owner=alice.who)
    assert scope.cancelled_caught
    assert (incoming(tmp_path), kept(tmp_path)) == ([], [])


async def test_a_start_throws_away_what_was_on_its_way(tmp_path: Path) -> None:
    async with real_subject(tmp_path):
        (tmp_path / "files" / "incoming" / "abc").write_bytes(b"half")
    async with real_subject(tmp_path):
        assert incoming(tmp_path) == []


async def test_a_disk_that_refuses_is_said_in_its_words(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    (tmp_path / "files" / "incoming").rmdir()
    with pytest.raises(StoreUnavailable, match="No such file"):
        await upload(real, alice)


async def test_bytes_that_are_not_there_are_no_file(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    saved = await upload(real, alice)
    (digest,) = kept(tmp_path)
    (tmp_path / "files" / digest[:2] / digest[2:]).unlink()
    with pytest.raises(StoreUnavailable):
        await real.storage.attachments.open(alice.who, saved.id)


async def test_a_shortened_file_is_said_not_served_for_ever(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    saved = await upload(real, alice)
    file = await real.storage.attachments.open(alice.who, saved.id)
    (digest,) = kept(tmp_path)
    (tmp_path / "files" / digest[:2] / digest[2:]).write_bytes(b"he")
    with pytest.raises(StoreUnavailable, match="shorter"):
        await content_of(file)


async def test_what_no_message_carries_in_a_day_is_gone(real: RealSubject, wall: Wall, tmp_path: Path) -> None:
    alice = await real.user("alice")
    saved = await upload(real, alice)
    store, expiry = real.storage.attachments, real.storage.expiry
    wall.now += UNUSED_MS - 1
    await expiry.sweep()
    await expiry.sweep()
    assert await store.find(alice.who, [saved.id]) == [saved]
    wall.now += 1
    assert await store.find(alice.who, [saved.id]) == []
    await expiry.sweep()
    assert len(kept(tmp_path)) == 1
    await expiry.sweep()
    assert await store.open(alice.who, saved.id) is None
    assert kept(tmp_path) == []


async def test_a_publish_under_way_keeps_its_file(real: RealSubject, wall: Wall, tmp_path: Path) -> None:
    alice = await real.user("alice")
    conv = await real.room(alice)
    saved = await upload(real, alice)
    wall.now += UNUSED_MS
    await real.storage.expiry.sweep()
    await post_with(real, conv, alice, saved)
    await real.storage.expiry.sweep()
    await real.storage.expiry.sweep()
    assert await content_of(await real.storage.attachments.open(alice.who, saved.id)) == b"hello"


async def test_carried_files_last_until_the_message_is_deleted(real: RealSubject, wall: Wall, tmp_path: Path) -> None:
    alice = await real.user("alice")
    conv = await real.room(alice)
    message = await post_with(real, conv, alice, await upload(real, alice))
    wall.now += 1_000 * UNUSED_MS
    await real.storage.expiry.sweep()
    await real.storage.expiry.sweep()
    assert len(kept(tmp_path)) == 1
    await real.delete(conv, message.id, alice)
    await real.storage.expiry.sweep()
    await real.storage.expiry.sweep()
    assert kept(tmp_path) == []


async def test_a_file_goes_with_the_last_upload_of_its_content(real: RealSubject, wall: Wall, tmp_path: Path) -> None:
    alice, bob = await real.user("alice"), await real.user("bob")
    await upload(real, alice)
    wall.now += HOUR_MS
    later = await upload(real, bob)
    wall.now += UNUSED_MS - HOUR_MS
    await real.storage.expiry.sweep()
    await real.storage.expiry.sweep()
    assert await content_of(await real.storage.attachments.open(bob.who, later.id)) == b"hello"
    wall.now += HOUR_MS
    await real.storage.expiry.sweep()
    await real.storage.expiry.sweep()
    assert kept(tmp_path) == []


async def test_strays_of_a_crash_go_and_what_is_known_stays(real: RealSubject, tmp_path: Path) -> None:
    alice = await real.user("alice")
    saved = await upload(real, alice)
    stray = tmp_path / "files" / "ab" / ("c" * 62)
    stray.write_bytes(b"whole, but no row came")
    await real.storage.expiry.remove_strays()
    assert not stray.exists()
    assert await content_of(await real.storage.attachments.open(alice.who, saved.id)) == b"hello"


async def test_a_needless_file_that_comes_again_is_not_lost(real: RealSubject, wall: Wall) -> None:
    alice = await real.user("alice")
    await upload(real, alice)
    wall.now += UNUSED_MS
    await real.storage.expiry.sweep()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(real.storage.expiry.sweep)
        again = [await upload(real, alice) for _ in range(3)][-1]
    assert await content_of(await real.storage.attachments.open(alice.who, again.id)) == b"hello"


async def test_the_folder_that_cannot_be_made_stops_the_start_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Exception, match="files: "):
        async with open_storage(tmp_path, report=lambda _conv, _notice: None):
            pass


async def test_the_hub_tidies_up_from_its_start_on(real: RealSubject, tmp_path: Path, nursery: trio.Nursery) -> None:
    stray = tmp_path / "files" / "ab" / ("c" * 62)
    stray.write_bytes(b"whole, but no row came")
    nursery.start_soon(real.storage.expiry.run)
    with trio.fail_after(5):
        while stray.exists():  # noqa: ASYNC110 — it tells nobody
            await trio.sleep(0.01)
    nursery.cancel_scope.cancel()


async def test_a_disk_that_fails_is_logged_and_tried_again(
    real: RealSubject, wall: Wall, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "files" / "00").rmdir()
    alice = await real.user("alice")
    await upload(real, alice)
    with trio.move_on_after(1):
        await real.storage.expiry.run()
    assert [record.getMessage() for record in caplog.records] == ["needless uploads stay for now"]
    wall.now += UNUSED_MS
    await real.storage.expiry.sweep()
    await real.storage.expiry.sweep()
    assert kept(tmp_path) == []
