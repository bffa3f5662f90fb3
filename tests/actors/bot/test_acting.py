"""What a bot does in one conversation, and what it does no more once its credential is replaced."""

from __future__ import annotations

import pytest
import trio

from actors.messages.bot import Act, RotateBot
from actors.messages.conversation import Delete, Edit, Publish, React
from actors.messages.outcomes import BotSaved, Changed, Published, Refused
from actors.values import BotLogin
from protocol.codes import ErrorCode
from tests.fakes.stage import Stage


class House:
    """A bot that came in by its Cordless key, in conversation 1 and not in 2."""

    def __init__(self) -> None:
        self.stage = Stage(scripted=False)
        self.alice = self.stage.store.add_user("alice")
        self.ci = self.stage.store.add_bot("ci", self.alice)
        self.stage.store.add_conversation("closed", [self.alice, self.ci])
        self.stage.store.add_conversation("closed", [self.alice])

    async def login(self) -> BotLogin:
        login = await self.stage.store.accounts.by_bot_key("1-ci")
        assert login is not None
        return login

    async def act(self, login: BotLogin, deed: Publish | Edit | Delete | React, conv: int = 1) -> object:
        act = Act(by=login.caller, credential_id=login.credential_id, conv=conv, deed=deed)
        return await self.stage.system.ref("bot", login.caller.id).ask(act, timeout_s=5)

    def heard(self) -> list[str]:
        return [message.body for message in self.stage.store.rooms[1].messages.values()]


@pytest.fixture
async def house(nursery: trio.Nursery) -> House:
    house = House()
    await nursery.start(house.stage.system.run)
    return house


async def test_the_conversation_answers_each_deed(house: House) -> None:
    login = await house.login()
    said = await house.act(login, Publish(by=login.caller, cid="1", body="hi"))
    assert isinstance(said, Published)
    assert isinstance(await house.act(login, Edit(by=login.caller, id=said.id, body="ho")), Changed)
    assert isinstance(await house.act(login, React(by=login.caller, id=said.id, emoji="👍", on=True)), Changed)
    assert house.heard() == ["ho"]
    assert isinstance(await house.act(login, Delete(by=login.caller, id=said.id)), Changed)
    assert house.heard() == [""]


async def test_it_answers_those_it_does_not_let_in_too(house: House) -> None:
    login = await house.login()
    for conv in (2, 99):
        refused = await house.act(login, Publish(by=login.caller, cid="1", body="hi"), conv)
        assert isinstance(refused, Refused)
        assert refused.code is ErrorCode.NOT_FOUND


async def test_a_rotated_key_dies_in_flight_too(house: House) -> None:
    login = await house.login()
    assert isinstance(await house.act(login, Publish(by=login.caller, cid="1", body="before")), Published)
    rotated = await house.stage.system.ref("bot", 1).ask(RotateBot(by=house.alice, credential="bot_key"), timeout_s=5)
    assert isinstance(rotated, BotSaved)
    refused = await house.act(login, Publish(by=login.caller, cid="2", body="after"))
    assert isinstance(refused, Refused)
    assert refused.code is ErrorCode.UNAUTHENTICATED
    assert house.heard() == ["before"]


async def test_the_rotation_of_another_credential_kills_nothing(house: House) -> None:
    login = await house.login()
    await house.stage.system.ref("bot", 1).ask(RotateBot(by=house.alice, credential="token"), timeout_s=5)
    assert isinstance(await house.act(login, Publish(by=login.caller, cid="1", body="still here")), Published)


async def test_a_store_that_does_not_serve_is_temporary(house: House) -> None:
    login = await house.login()
    house.stage.store.unreadable = True
    refused = await house.act(login, Publish(by=login.caller, cid="1", body="hi"))
    assert isinstance(refused, Refused)
    assert refused.code.temporary
