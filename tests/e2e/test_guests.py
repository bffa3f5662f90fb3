"""A subscriber's own client, on a real hub: it has its one conversation, and the rest of the hub is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
import trio

from actors.chatpion.ports import NewSubscriber
from storage import open_storage
from tests.e2e.hub_process import DEMO, HubProcess
from tests.e2e.peers import JSON, PythonPeer
from tests.e2e.talker import Talker

LOBBY = {"name": "lobby", "kind": "open", "members": ["alice"]}
HALL = {**DEMO, "conversations": [*DEMO["conversations"], LOBBY]}


class Ada(NamedTuple):
    """A subscriber of the account, before the hub was started."""

    user: int
    conv: int
    tokens: list[str]


async def subscribe(data: Path) -> Ada:
    async with open_storage(data, report=lambda _conv, _notice: None) as storage:
        kept = storage.chatpion
        account = await kept.tenants.create(name="Example")
        new = NewSubscriber(platform="hub", platform_id="p1", name="Ada")
        ada = (await kept.subscribers.upsert(account, new, 1_000)).subscriber
        tokens = [str(await kept.subscribers.issue_token(account.id, ada.id)) for _ in range(2)]
        return Ada(ada.user, ada.conv, tokens)


class Hall(NamedTuple):
    """A hub, and a subscriber of it."""

    hub: HubProcess
    ada: Ada


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    directory = tmp_path_factory.mktemp("hub")
    (directory / "data").mkdir(mode=0o700)
    ada = trio.run(subscribe, directory / "data")
    with HubProcess(directory, provision=HALL) as hub:
        yield Hall(hub, ada)
        assert hub.stop() == 0


SignIn = Callable[[str], Talker]


@pytest.fixture
def sign_in(hall: Hall) -> Iterator[SignIn]:
    """Sign in with a token; whoever did leaves after the test."""
    with ExitStack() as stack:

        def sign_in(token: str) -> Talker:
            peer = PythonPeer(hall.hub.ready.ws, JSON)
            stack.callback(peer.leave)
            return Talker(peer).hello(token=token)

        yield sign_in


def test_each_of_its_tokens_opens_its_one_conversation(hall: Hall, sign_in: SignIn) -> None:
    for token in hall.ada.tokens:
        welcome = sign_in(token).welcome
        assert welcome["self"] == {"kind": "user", "id": hall.ada.user, "name": "Ada", "role": "guest"}
        (room,) = welcome["conversations"]
        assert (room["id"], room["kind"], room["name"]) == (hall.ada.conv, "closed", "Example: Ada")
        assert sorted(each["name"] for each in room["members"]) == ["Ada", "Example"]


def test_it_says_something_there_and_nowhere_else(hall: Hall, sign_in: SignIn) -> None:
    ada = sign_in(hall.ada.tokens[0])
    said = ada.ask("publish", conv=hall.ada.conv, cid="c1", body="hello")
    assert said["t"] == "ok"
    page = ada.ask("history", conv=hall.ada.conv)
    assert [message["body"] for message in page["messages"]] == ["hello"]
    for room in ("lobby", "ops"):
        conv = hall.hub.conversation(room)
        assert ada.ask("publish", conv=conv, cid="c2", body="hello")["code"] == "not_found"
        assert ada.ask("history", conv=conv)["code"] == "not_found"
        assert ada.ask("conversation.join", conv=conv)["code"] == "forbidden"
    assert ada.ask("user.search", q="a")["code"] == "forbidden"
    assert ada.ask("user.update", password="a password of mine")["code"] == "forbidden"


def test_nobody_finds_it_or_lets_it_in(hall: Hall, sign_in: SignIn) -> None:
    alice = sign_in(hall.hub.token("alice"))
    assert [user["name"] for user in alice.ask("user.search", q="")["users"]] == ["alice", "bob", "carol"]
    assert alice.ask("members.add", conv=hall.hub.conversation("ops"), users=[hall.ada.user])["code"] == "not_found"
    assert alice.ask("conversation.create", kind="direct", members=[hall.ada.user])["code"] == "not_found"


def test_the_web_has_no_account_of_it(hall: Hall) -> None:
    for name in ("Ada", "guest 1", f"guest {hall.ada.user}"):
        login = {"username": name, "password": "a password of mine"}
        answer = requests.post(f"{hall.hub.ready.http}/api/auth/login", json=login, timeout=10)
        assert answer.status_code == 401
