"""Who may do what with a bot."""

from typing import Any

import pytest
from msgspec import UNSET

from actors.bot.state import changes, owned, refusal
from actors.messages.bot import CreateBot, DeleteBot, RotateBot, UpdateBot
from actors.messages.outcomes import Refused
from actors.values import Caller
from protocol.codes import ErrorCode
from protocol.frames import BotView

OWNER = Caller("user", 1, "alice", "user")
OTHER = Caller("user", 2, "bob", "user")
ADMIN = Caller("user", 3, "root", "admin")
NAMESAKE = Caller("bot", 1, "ci", "bot")
BOT = BotView(id=1, name="ci", owner=OWNER.actor, webhook_url=None, avatar=None, description=None, created_at=1)
ORPHAN = BotView(id=2, name="old", owner=None, webhook_url=None, avatar=None, description=None, created_at=1)


@pytest.mark.parametrize("by", [OWNER, ADMIN])
def test_owner_and_hub_administrator_may_all(by: Caller) -> None:
    assert owned(by, BOT) is BOT


@pytest.mark.parametrize("by", [OTHER, NAMESAKE])
def test_others_do_not_learn_that_it_exists(by: Caller) -> None:
    refused, of_none = owned(by, BOT), owned(by, None)
    assert isinstance(refused, Refused)
    assert refused.code is ErrorCode.NOT_FOUND
    assert refused == of_none


def test_a_bot_without_owner_is_the_administrators() -> None:
    assert isinstance(owned(OWNER, ORPHAN), Refused)
    assert owned(ADMIN, ORPHAN) is ORPHAN


def test_bots_manage_no_bots() -> None:
    for message in (
        CreateBot(by=NAMESAKE, name="x"),
        DeleteBot(by=NAMESAKE),
        RotateBot(by=NAMESAKE, credential="token"),
    ):
        refused = refusal(message)
        assert refused is not None
        assert refused.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("url", ["ftp://h/x", "http://", "nonsense", "http://h:99999/", "http://h/\n", "http://[::1/"])
@pytest.mark.parametrize("field", ["webhook_url", "events_url", "avatar"])
def test_what_is_no_web_address_is_named(url: str, field: str) -> None:
    given: dict[str, Any] = {field: url}
    for message in (CreateBot(by=OWNER, name="x", **given), UpdateBot(by=OWNER, **given)):
        refused = refusal(message)
        assert refused is not None
        assert (refused.code, refused.field) == (ErrorCode.BAD_REQUEST, field)


def test_a_web_address_may_be_anywhere() -> None:
    assert refusal(UpdateBot(by=OWNER, webhook_url="http://127.0.0.1:9000/hook")) is None
    assert refusal(UpdateBot(by=OWNER, webhook_url=None)) is None


def test_an_update_of_nothing_is_refused() -> None:
    refused = refusal(UpdateBot(by=OWNER))
    assert refused is not None
    assert refused.code is ErrorCode.BAD_REQUEST


def test_only_what_is_given_changes() -> None:
    assert changes(UpdateBot(by=OWNER, avatar=None, name="x", description=UNSET)) == {"name": "x", "avatar": None}
