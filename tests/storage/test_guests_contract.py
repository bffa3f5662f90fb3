"""Guests see what they are in, and nobody finds them: the same of the real storage and of the fake."""

import pytest

from actors.values import Who
from tests.storage.subject import Subject


async def test_an_open_conversation_is_not_there_for_a_guest(subject: Subject) -> None:
    alice, guest = await subject.user("alice"), await subject.guest("ada")
    conv = await subject.room(alice, kind="open", name="lobby")
    await subject.post(conv, alice, "hello")
    await subject.indexed()
    for viewer, sees in ((alice.who, True), (guest.who, False)):
        page = await subject.library.history(viewer, conv, before=None, after=None, limit=10)
        assert (page is not None) is sees
        listing = await subject.library.listing(viewer, conv, before=None, after=None, limit=10)
        assert (listing is not None) is sees
        assert (await subject.library.search(viewer, "hello", conv=conv, before=None, limit=10) is not None) is sees
        everywhere = await subject.library.search(viewer, "hello", conv=None, before=None, limit=10)
        assert everywhere is not None
        assert bool(everywhere.messages) is sees


async def test_a_guest_sees_the_conversation_that_it_is_in(subject: Subject) -> None:
    alice, guest = await subject.user("alice"), await subject.guest("ada")
    conv = await subject.room(alice, guest)
    said = await subject.post(conv, alice, "for you")
    page = await subject.library.history(guest.who, conv, before=None, after=None, limit=10)
    assert page is not None
    assert [message.id for message in page.messages] == [said.id]


@pytest.mark.parametrize("q", ["", "ada", "guest"])
async def test_nobody_finds_a_guest(subject: Subject, q: str) -> None:
    await subject.user("alice")
    await subject.guest("ada")
    found = await subject.library.users(q, 10)
    assert [user.name for user in found] == (["alice"] if not q else [])


async def test_nobody_can_let_a_guest_in(subject: Subject) -> None:
    alice, guest = await subject.user("alice"), await subject.guest("ada")
    assert set(await subject.library.actors([alice.who, guest.who])) == {alice.who}


async def test_a_guest_is_known_as_one(subject: Subject) -> None:
    guest = await subject.guest("ada")
    assert await subject.accounts.caller(Who("user", guest.id)) == guest
