"""Flows on a real hub: the document's Welcome Flow, a native subscriber who answers, and a hub that dies meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from protocol import chatpion
from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, PythonPeer
from tests.e2e.talker import Talker
from tests.faults.stored import database

PATIENCE_S = 20.0
PROVISION = {
    "users": [{"username": "alice", "role": "admin"}, {"username": "bob"}],
    "accounts": [{"name": name, "api_keys": [{"name": "main", "scopes": ["*"]}]} for name in ("shop", "greeter")],
}
ENV = {
    "HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8",
    "HUBBUB_CHATPION_RATE_PER_MIN": "100000",
    "HUBBUB_CHATPION_RATE_PER_DAY": "1000000",
}
WELCOME: dict[str, Any] = {
    "name": "Welcome Flow",
    "description": "Welcome message for new subscribers",
    "status": "active",
    "nodes": [
        {"id": "start", "type": "start", "next": "message1"},
        {"id": "message1", "type": "message", "content": "Welcome to our chatbot!", "next": "question1"},
        {
            "id": "question1",
            "type": "question",
            "content": "How can I help you today?",
            "options": [
                {"label": "Learn more", "value": "learn", "next": "message2"},
                {"label": "Contact support", "value": "support", "next": "message3"},
            ],
        },
        {"id": "message2", "type": "message", "content": "Here's more information about our product...", "next": None},
        {
            "id": "message3",
            "type": "message",
            "content": "Please contact our support team at support@example.com",
            "next": None,
        },
    ],
}
QUESTION = "How can I help you today?\n1. Learn more\n2. Contact support"
MORE, SUPPORT = WELCOME["nodes"][3]["content"], WELCOME["nodes"][4]["content"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=PROVISION, env=ENV) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture
def shop(hub: HubProcess) -> Iterator[chatpion.Client]:
    yield from client_of(hub, "shop")


@pytest.fixture
def greeter(hub: HubProcess) -> Iterator[chatpion.Client]:
    """An account of its own: its flow would begin with the subscribers of all other tests."""
    yield from client_of(hub, "greeter")


def client_of(hub: HubProcess, account: str) -> Iterator[chatpion.Client]:
    key = hub.credentials["accounts"][account]["api_keys"]["main"]
    with chatpion.Client(key, base_url=hub.ready.http) as client:
        yield client


def until(so: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Guest:
    """A native subscriber, who hears what the account's bot says."""

    def __init__(self, hub: HubProcess, shop: chatpion.Client, name: str) -> None:
        self._hub = hub
        self.id = shop.add_subscriber(platform="hub", platform_id=name, name=name)["id"]
        given = shop.create_subscriber_token(self.id)
        self.conv: int = given["conversation_id"]
        self._token: str = given["token"]
        self._heard = 0
        self.connect()

    def connect(self) -> None:
        """Connect, for the first time or once more."""
        self._talker = Talker(PythonPeer(self._hub.ready.ws, JSON)).hello(token=self._token)

    def says(self, text: str) -> None:
        answer = self._talker.ask("publish", conv=self.conv, cid=f"{time.monotonic_ns()}", body=text)
        assert answer["t"] == "ok", answer

    def hears(self, count: int) -> list[str]:
        """The next texts of others."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            page = self._talker.ask("history", conv=self.conv, limit=100)
            texts = [each["body"] for each in page["messages"] if each["from"]["kind"] == "bot"]
            if len(texts) >= self._heard + count:
                self._heard += count
                assert len(texts) == self._heard, texts
                return texts[self._heard - count :]
            assert time.monotonic() < deadline, texts
            time.sleep(0.02)

    def members(self) -> set[int]:
        """Which people are in the conversation: guests are not told."""
        with database(self._hub.data) as connection:
            rows = connection.execute("SELECT actor FROM members WHERE conv = ? AND kind = 'user'", (self.conv,))
            return {row[0] for row in rows}


@pytest.mark.parametrize(("answer", "then"), [("LEARN MORE", MORE), ("support", SUPPORT), ("2", SUPPORT)])
def test_the_welcome_flow_runs_as_printed(hub: HubProcess, shop: chatpion.Client, answer: str, then: str) -> None:
    flow = shop.create_flow(WELCOME)
    guest = Guest(hub, shop, f"anna {answer}")
    begun = shop.start_flow(flow["id"], guest.id)
    assert (begun["flow_id"], begun["subscriber_id"], begun["status"]) == (flow["id"], guest.id, "running")
    assert guest.hears(2) == ["Welcome to our chatbot!", QUESTION]
    guest.says("what?")
    assert guest.hears(1) == [QUESTION]
    guest.says(answer)
    assert guest.hears(1) == [then]
    guest.says("and now?")
    sent = shop.list_messages(subscriber_id=guest.id)["messages"]
    assert [(each["message"], each["flow_id"]) for each in sent[-1:]] == [(then, flow["id"])]


def test_a_flow_goes_on_after_the_hub_was_killed_and_says_nothing_twice(hub: HubProcess, shop: chatpion.Client) -> None:
    flow = shop.create_flow(WELCOME)
    guest = Guest(hub, shop, "bert")
    shop.start_flow(flow["id"], guest.id)
    assert guest.hears(2) == ["Welcome to our chatbot!", QUESTION]
    hub.kill()
    hub.start()
    guest.connect()
    guest.says("learn")
    assert guest.hears(1) == [MORE]


def test_keywords_new_subscribers_and_time_start_flows_and_lead_them_on(
    hub: HubProcess, greeter: chatpion.Client
) -> None:
    greeter.create_flow(
        {
            "name": "hello",
            "triggers": {"on_subscribe": True, "keywords": ["Hello Again"]},
            "nodes": [
                {"id": "s", "type": "start", "next": "m"},
                {"id": "m", "type": "message", "content": "Hi {{name}}", "next": "a"},
                {
                    "id": "a",
                    "type": "action",
                    "actions": [{"do": "add_tag", "tag": "new"}, {"do": "conversion", "name": "sale", "value": 2}],
                    "next": "w",
                },
                {"id": "w", "type": "delay", "seconds": 1, "next": "q"},
                {
                    "id": "q",
                    "type": "question",
                    "content": "Well?",
                    "options": [{"label": "ok", "next": None}],
                    "timeout_s": 1,
                    "on_timeout": "late",
                },
                {"id": "late", "type": "message", "content": "Too late"},
            ],
        }
    )
    before = greeter.get_dashboard_analytics()["engagement"]["conversions"]
    guest = Guest(hub, greeter, "carl")
    assert guest.hears(3) == ["Hi carl", "Well?\n1. ok", "Too late"]
    assert greeter.get_subscriber(guest.id)["tags"] == ["new"]
    assert greeter.get_dashboard_analytics()["engagement"]["conversions"] == before + 1
    guest.says(" hello AGAIN ")
    assert guest.hears(1) == ["Hi carl"]


def test_a_handoff_lets_people_in_and_goes_on_when_they_hand_back(hub: HubProcess, shop: chatpion.Client) -> None:
    flow = shop.create_flow(
        {
            "name": "help",
            "nodes": [
                {"id": "s", "type": "start", "next": "h"},
                {"id": "h", "type": "handoff", "to": ["bob"], "content": "One moment", "next": "m"},
                {"id": "m", "type": "message", "content": "Me again"},
            ],
        }
    )
    guest = Guest(hub, shop, "dora")
    shop.start_flow(flow["id"], guest.id)
    assert guest.hears(1) == ["One moment"]
    bob = hub.credentials["users"]["bob"]["id"]
    until(lambda: bob in guest.members())
    guest.says("is anybody there?")
    shop.release_subscriber(guest.id)
    assert guest.hears(1) == ["Me again"]
    until(lambda: bob not in guest.members())
    shop.release_subscriber(guest.id)  # changes nothing any more
    assert guest.hears(0) == []


def test_a_handoff_ends_when_the_last_person_leaves(hub: HubProcess, shop: chatpion.Client) -> None:
    flow = shop.create_flow(
        {
            "name": "help",
            "nodes": [
                {"id": "s", "type": "start", "next": "h"},
                {"id": "h", "type": "handoff", "next": "m"},
                {"id": "m", "type": "message", "content": "Me again"},
            ],
        }
    )
    guest = Guest(hub, shop, "emil")
    shop.start_flow(flow["id"], guest.id)
    alice = hub.credentials["users"]["alice"]  # the hub's administrator, where nobody is named
    until(lambda: alice["id"] in guest.members())
    Talker(PythonPeer(hub.ready.ws, JSON)).hello(token=alice["token"]).ask("conversation.leave", conv=guest.conv)
    assert guest.hears(1) == ["Me again"]


def test_a_webhook_node_is_called_with_a_stable_id_and_its_answer_is_kept(
    hub: HubProcess, shop: chatpion.Client
) -> None:
    flow = shop.create_flow(
        {
            "name": "ask",
            "nodes": [
                {"id": "s", "type": "start", "next": "w"},
                {
                    "id": "w",
                    "type": "webhook",
                    "url": f"{hub.ready.http}/up",
                    "method": "GET",
                    "save": {"health": "/status"},
                    "next": "m",
                    "on_error": "e",
                },
                {"id": "m", "type": "message", "content": "It is {{fields.health}}"},
                {"id": "e", "type": "message", "content": "It is away"},
            ],
        }
    )
    guest = Guest(hub, shop, "fay")
    shop.start_flow(flow["id"], guest.id)
    assert guest.hears(1) == ["It is ok"]
