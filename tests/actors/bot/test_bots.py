"""Dialogues about bots."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.messages import conversation as to
from actors.ports import BotNeeded
from actors.values import Who
from protocol.codec import Codec
from protocol.codes import CloseCode
from tests.fakes.stage import Client, Stage

CI = Who("bot", 1)
SECRETS = {"token", "key_access", "bot_key", "webhook_secret"}


@pytest.fixture
async def alice(stage: Stage, codec: Codec) -> Client:
    client = stage.client(codec)
    await client.sign_in()
    return client


async def test_a_new_bot_comes_with_all_its_secrets_once(alice: Client, stage: Stage, codec: Codec) -> None:
    made = await alice.asks(t="bot.create", ref=2, name="deploy", webhook_url="http://h/hook", description="d")
    bot = made["bot"]
    assert (made["t"], made["ref"]) == ("ok", 2)
    assert (bot["id"], bot["name"], bot["webhook_url"], bot["description"]) == (2, "deploy", "http://h/hook", "d")
    assert bot["owner"] == {"kind": "user", "id": 1, "name": "alice"}
    assert bot.keys() >= SECRETS
    listed = await alice.asks(t="bot.list", ref=3)
    assert [b["name"] for b in listed["bots"]] == ["ci", "deploy"]
    assert not SECRETS & {key for b in listed["bots"] for key in b}
    client = stage.client(codec)
    await client.send(t="hello", ref=1, token=bot["token"], device="server")
    assert (await client.hears())[0]["self"]["name"] == "deploy"


async def test_one_sees_ones_own_bots_and_an_administrator_all(stage: Stage, codec: Codec) -> None:
    bob, root = stage.client(codec), stage.client(codec)
    await bob.sign_in("bob")
    await root.sign_in("root")
    assert (await bob.asks(t="bot.list", ref=2))["bots"] == []
    assert [b["id"] for b in (await root.asks(t="bot.list", ref=2))["bots"]] == [1]


async def test_a_new_name_is_told_to_all_who_show_it(alice: Client, stage: Stage, codec: Codec) -> None:
    bot = stage.client(codec)
    await bot.sign_in("ci")
    await stage.settle()
    saved = await alice.asks(t="bot.update", ref=2, bot=1, name="CI", avatar="https://h/a.png")
    assert (saved["bot"]["name"], saved["bot"]["avatar"]) == ("CI", "https://h/a.png")
    assert not SECRETS & saved["bot"].keys()
    assert stage.conversations.told_of(1, to.Renamed) == [to.Renamed(who=CI, name="CI")]
    assert [session.caller.name for session in stage.switchboard.of(CI)] == ["CI"]


async def test_a_change_without_a_name_renames_nobody(alice: Client, stage: Stage) -> None:
    await alice.asks(t="bot.update", ref=2, bot=1, description="new")
    assert stage.conversations.told_of(1, to.Renamed) == []


async def test_a_rotated_token_ends_the_sessions_that_used_the_old_one(
    alice: Client, stage: Stage, codec: Codec
) -> None:
    bot = stage.client(codec)
    await bot.sign_in("ci")
    saved = await alice.asks(t="bot.rotate", ref=2, bot=1, credential="token")
    assert SECRETS & saved["bot"].keys() == {"token"}
    assert bot.code == CloseCode.REVOKED
    old, new = stage.client(codec), stage.client(codec)
    await old.sign_in("ci")
    assert old.code == CloseCode.NOT_AUTHENTICATED
    await new.send(t="hello", ref=1, token=saved["bot"]["token"], device="server")
    assert (await new.hears())[0]["t"] == "welcome"


@pytest.mark.parametrize("credential", sorted(SECRETS - {"token"}))
async def test_another_credential_ends_no_session(alice: Client, stage: Stage, codec: Codec, credential: str) -> None:
    bot = stage.client(codec)
    await bot.sign_in("ci")
    saved = await alice.asks(t="bot.rotate", ref=2, bot=1, credential=credential)
    assert SECRETS & saved["bot"].keys() == {credential}
    assert bot.code is None


async def test_a_bot_that_an_account_speaks_by_stays(
    alice: Client, stage: Stage, codec: Codec, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def needed(_bot: int) -> None:
        raise BotNeeded

    monkeypatch.setattr(stage.store.accounts, "delete_bot", needed)
    bot = stage.client(codec)
    await bot.sign_in("ci")
    refused = await alice.asks(t="bot.delete", ref=2, bot=1)
    assert (refused["code"], refused["message"]) == ("conflict", "an account speaks by this bot")
    assert bot.code is None
    assert stage.conversations.told_of(1, to.Leave) == []


async def test_a_deleted_bot_is_out_everywhere(alice: Client, stage: Stage, codec: Codec) -> None:
    bot, late = stage.client(codec), stage.client(codec)
    await bot.sign_in("ci")
    assert await alice.asks(t="bot.delete", ref=2, bot=1) == {"t": "ok", "ref": 2}
    assert bot.code == CloseCode.REVOKED
    (leave,) = stage.conversations.told_of(1, to.Leave)
    assert (leave.by.kind, leave.by.id, leave.by.name) == ("bot", 1, "ci")
    await late.sign_in("ci")
    assert late.code == CloseCode.NOT_AUTHENTICATED
    assert (await alice.asks(t="bot.delete", ref=3, bot=1))["code"] == "not_found"


@pytest.mark.parametrize(
    "frame",
    [
        {"t": "bot.update", "name": "x"},
        {"t": "bot.delete"},
        {"t": "bot.rotate", "credential": "token"},
    ],
    ids=lambda frame: frame["t"],
)
async def test_somebody_elses_bot_is_not_found(stage: Stage, codec: Codec, frame: dict[str, Any]) -> None:
    bob, bot = stage.client(codec), stage.client(codec)
    await bob.sign_in("bob")
    await bot.sign_in("ci")
    for number in (1, 99):
        error = await bob.asks(ref=2, bot=number, **frame)
        assert (error["code"], error["field"]) == ("not_found", "bot")
    assert bot.code is None


async def test_a_bad_address_is_named(alice: Client, stage: Stage) -> None:
    error = await alice.asks(t="bot.create", ref=2, name="x", webhook_url="file:///etc/passwd")
    assert (error["code"], error["field"]) == ("bad_request", "webhook_url")
    assert len((await alice.asks(t="bot.list", ref=3))["bots"]) == 1


@pytest.mark.parametrize(
    ("frame", "method"),
    [
        ({"t": "bot.create", "name": "x"}, "create_bot"),
        ({"t": "bot.update", "bot": 1, "name": "x"}, "update_bot"),
        ({"t": "bot.delete", "bot": 1}, "delete_bot"),
        ({"t": "bot.rotate", "bot": 1, "credential": "token"}, "rotate_bot"),
    ],
    ids=lambda value: value["t"] if isinstance(value, dict) else "",
)
async def test_a_bug_in_a_handler_is_internal_and_the_bot_is_back(
    alice: Client,
    stage: Stage,
    autojump_clock: MockClock,
    monkeypatch: pytest.MonkeyPatch,
    frame: dict[str, Any],
    method: str,
) -> None:
    async def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("injected")

    with monkeypatch.context() as patch:
        patch.setattr(stage.store.accounts, method, broken)
        error = await alice.asks(ref=2, **frame)
    assert (error["t"], error["ref"], error["code"]) == ("error", 2, "internal")
    await trio.sleep(1)
    assert (await alice.asks(ref=3, **frame))["t"] == "ok"
    assert stage.failed_kinds() == ["bot"]
