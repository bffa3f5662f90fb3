"""What guests may ask for, and what they may not."""

from typing import Any

import pytest

from actors.messages import conversation as to
from actors.session.desk import GUESTS, HANDLERS
from protocol.codec import Codec
from tests.fakes.stage import Client, Stage

FOR_USERS: dict[str, dict[str, Any]] = {
    "conversation.search": {"q": "o"},
    "user.search": {"q": "a"},
    "bot.list": {},
    "conversation.create": {"kind": "direct", "members": [1]},
    "conversation.update": {"conv": 1, "name": "mine"},
    "conversation.join": {"conv": 1},
    "conversation.leave": {"conv": 2},
    "members.add": {"conv": 2, "users": [1]},
    "members.remove": {"conv": 2, "users": [1]},
    "bot.create": {"name": "own"},
    "bot.update": {"bot": 1, "name": "mine"},
    "bot.delete": {"bot": 1},
    "bot.rotate": {"bot": 1, "credential": "token"},
    "command.ack": {"id": "x", "status": "completed"},
    "user.update": {"password": "a password of mine"},
}


@pytest.fixture
async def guest(stage: Stage, codec: Codec) -> Client:
    """A guest, in conversation 2 with alice."""
    alice = stage.store.add_user("anne")
    ada = stage.store.add_user("ada", role="guest")
    stage.store.add_conversation("closed", [alice, ada], name="Example: ada")
    client = stage.client(codec)
    await client.sign_in("ada")
    return client


@pytest.mark.parametrize("kind", FOR_USERS)
async def test_whatever_leads_beyond_its_conversation_is_refused(guest: Client, kind: str) -> None:
    refused = await guest.asks(t=kind, ref=2, **FOR_USERS[kind])
    assert (refused["t"], refused["code"]) == ("error", "forbidden")
    assert refused["message"] == "guests have their one conversation"


def test_every_request_is_either_for_guests_or_refused_here() -> None:
    refused = {tag(request) for request in HANDLERS if request not in GUESTS}
    assert refused == set(FOR_USERS)


async def test_its_conversation_is_the_only_one_that_it_is_shown(guest: Client) -> None:
    listed = await guest.asks(t="conversations", ref=2)
    assert [summary["id"] for summary in listed["conversations"]] == [2]
    page = await guest.asks(t="history", ref=3, conv=2)
    assert page["t"] == "ok"
    for request in ({"t": "history", "conv": 1}, {"t": "search", "q": "x", "conv": 1}):
        assert (await guest.asks(ref=4, **request))["code"] == "not_found"


async def test_it_publishes_as_anybody_does(guest: Client, stage: Stage) -> None:
    await guest.send(t="publish", ref=2, conv=2, cid="c", body="hello")
    await guest.hears()
    (said,) = stage.conversations.told_of(2, to.Publish)
    assert (said.body, said.by.role) == ("hello", "guest")


def tag(request: type) -> str:
    found: str = request.__struct_config__.tag  # type: ignore[attr-defined]
    return found
