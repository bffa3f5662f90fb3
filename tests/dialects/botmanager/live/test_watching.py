"""Who is shown what."""

from __future__ import annotations

import pytest

from protocol.socketio import packets
from protocol.socketio.parcel import Parcel
from tests.dialects.botmanager.bots.crew import CI
from tests.dialects.botmanager.live.gallery import Gallery, Socket, settle

LOG = {"type": "info", "message": "é", "timestamp": "2023-11-14T22:13:20.000Z", "metadata": {}, "bot_id": CI}


async def everybody(gallery: Gallery) -> dict[str, Socket]:
    """One socket of each kind."""
    anonymous = gallery.socket()
    await anonymous.joins()
    sockets = {"anonymous": anonymous}
    for name in ("alice", "bob", "root"):
        sockets[name] = await gallery.person(name)
    for name in ("ci", "cd", "spy"):
        sockets[name] = await gallery.bot(name)
    await settle()
    for socket in sockets.values():
        socket.hears()
    return sockets


@pytest.mark.parametrize(("to_bot", "seers"), [(False, ["alice", "root"]), (True, ["alice", "root", "ci"])])
async def test_an_event_is_for_the_owner_and_administrators(gallery: Gallery, to_bot: bool, seers: list[str]) -> None:
    sockets = await everybody(gallery)
    gallery.feed.emit("new_log", LOG, bot=int(CI), owner=gallery.people["alice"].id, to_bot=to_bot)
    seen = {name: socket.hears() for name, socket in sockets.items()}
    assert seen == {name: [("new_log", LOG)] if name in seers else [] for name in sockets}


async def test_a_bot_without_an_owner_is_the_administrators(gallery: Gallery) -> None:
    sockets = await everybody(gallery)
    gallery.feed.emit("new_log", LOG, bot=9, owner=None)
    assert [name for name, socket in sockets.items() if socket.hears()] == ["root"]


async def test_an_administrator_who_owns_the_bot_sees_it_once(gallery: Gallery) -> None:
    root = await gallery.person("root")
    gallery.feed.emit("new_log", LOG, bot=9, owner=gallery.people["root"].id)
    assert root.hears() == [("new_log", LOG)]


async def test_an_event_is_encoded_once_for_all_and_for_nobody_not_at_all(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    encode = packets.event

    def count(name: str, *args: object) -> Parcel:
        encoded.append(name)
        return encode(name, *args)

    monkeypatch.setattr(packets, "event", count)
    gallery.feed.emit("new_log", LOG, bot=int(CI), owner=gallery.people["alice"].id)
    assert encoded == []
    watchers = [await gallery.person("alice") for _ in range(5)]
    encoded.clear()
    gallery.feed.emit("new_log", LOG, bot=int(CI), owner=gallery.people["alice"].id)
    assert encoded == ["new_log"]
    assert all(watcher.sees("new_log") == [LOG] for watcher in watchers)


async def test_what_cannot_be_encoded_harms_nobody(gallery: Gallery, caplog: pytest.LogCaptureFixture) -> None:
    root = await gallery.person("root")
    gallery.feed.emit("new_log", {"x": {1, 2}}, bot=9, owner=None)
    assert root.hears() == []
    assert "could not be encoded" in caplog.text


async def test_one_that_does_not_keep_up_is_cut_and_the_others_see_on(gallery: Gallery) -> None:
    slow, quick = await gallery.person("root"), await gallery.person("root")
    slow.line.stuck = True
    for _ in range(1_100):
        gallery.feed.emit("new_log", LOG | {"message": "x" * 1_000}, bot=9, owner=None)
    assert slow.line.closed == (4429, "too slow")
    assert len(quick.sees("new_log")) == 1_100
    assert gallery.feed.sessions(None) == 1
