"""ChatPion's clients on a real hub: the programs of its page, and what each client gets of what another one did."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from protocol import chatpion
from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import NODE
from tests.protocol.chatpion.node import Failed, Node
from tests.protocol.chatpion.programs import outcome

KEYS = [{"name": "all"}, {"name": "reader", "scopes": ["account:read"]}]
PROVISION = {"accounts": [{"name": name, "api_keys": KEYS} for name in ("shop", "rival")]}
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


class Shop(NamedTuple):
    """A hub, the keys of its accounts, and a subscriber of the first."""

    url: str
    key: str
    reader: str
    rival: str
    subscriber_id: int


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=PROVISION) as hub:
        keys, rivals = (hub.credentials["accounts"][name]["api_keys"] for name in ("shop", "rival"))
        with chatpion.Client(keys["all"], base_url=hub.ready.http) as client:
            subscriber = client.add_subscriber("hub", "12345", name="John Doe", tags=["customer"])
        yield Shop(hub.ready.http, keys["all"], keys["reader"], rivals["all"], subscriber["id"])
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture
def client(shop: Shop) -> Iterator[chatpion.Client]:
    with chatpion.Client(shop.key, base_url=shop.url) as client:
        yield client


@pytest.fixture
def node(shop: Shop) -> Iterator[Node]:
    node = Node()
    node.make(shop.key, shop.url)
    yield node
    node.leave()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("python", [sys.executable]),
        pytest.param("javascript", [NODE or "node"], marks=needs_node),
        pytest.param("php", ["php"], marks=pytest.mark.skipif(shutil.which("php") is None, reason="no php")),
    ],
)
def test_a_program_of_the_page_says_hello(
    shop: Shop, client: chatpion.Client, tmp_path: Path, name: str, command: Sequence[str]
) -> None:
    assert shop.subscriber_id == 1, "the programs are for the first one"
    before = client.list_messages()["total"]
    printed = outcome(command, name, shop.url, shop.key, tmp_path)
    assert "shop" in printed
    assert "Hello, world!" in printed
    page = client.list_messages(limit=100)
    assert page["total"] == before + 1
    assert (page["messages"][-1]["message"], page["messages"][-1]["status"]) == ("Hello, world!", "sent")


def test_all_pages_are_gone_through(client: chatpion.Client) -> None:
    added = [client.add_subscriber("webhook", str(number), tags=["paged"])["id"] for number in range(5)]
    assert [each["id"] for each in client.iter_subscribers(tag="paged", limit=2)] == added


@needs_node
def test_a_client_finds_what_the_other_one_made(client: chatpion.Client, node: Node, shop: Shop) -> None:
    told = node("sendMessage", {"subscriber_id": shop.subscriber_id, "message": "from node"})
    assert client.get_message(told["id"])["message"] == "from node"
    client.update_subscriber(shop.subscriber_id, name="Jane Doe")
    assert node("getSubscriber", shop.subscriber_id)["name"] == "Jane Doe"


async def test_the_async_client_turns_a_subscriber_into_a_native_session(shop: Shop) -> None:
    async with chatpion.AsyncClient(shop.key, base_url=shop.url) as client:
        issued = await client.create_subscriber_token(shop.subscriber_id)
    assert issued["ws_url"].startswith("ws")


def test_refusals_are_typed(shop: Shop, client: chatpion.Client) -> None:
    with pytest.raises(chatpion.BadRequest):
        client.send_message(shop.subscriber_id, "")
    with pytest.raises(chatpion.NotFound):
        client.get_message(10**9)
    with (
        chatpion.Client("cp_none", base_url=shop.url) as nobody,
        pytest.raises(chatpion.InvalidKey, match="Invalid API"),
    ):
        nobody.get_account()
    with chatpion.Client(shop.reader, base_url=shop.url) as reader, pytest.raises(chatpion.Forbidden):
        reader.send_message(shop.subscriber_id, "hi")
    with chatpion.Client(shop.rival, base_url=shop.url) as rival, pytest.raises(chatpion.NotFound):
        rival.get_subscriber(shop.subscriber_id)


def test_the_rate_is_said_and_waiting_for_it_is_up_to_the_program(shop: Shop) -> None:
    # Another account's key: the limit is the key's, and this one is of no further use for a minute.
    with chatpion.Client(shop.rival, base_url=shop.url) as client, pytest.raises(chatpion.RateLimited) as caught:
        call_often(client)
    assert caught.value.retry_after_s is not None
    assert 1 <= caught.value.retry_after_s <= 60


def call_often(client: chatpion.Client) -> None:
    """Call more often than a minute allows."""
    for _ in range(101):
        client.get_account()


@needs_node
def test_javascript_has_the_same_refusals(node: Node, shop: Shop) -> None:
    with pytest.raises(Failed) as caught:
        node("getMessage", 10**9)
    assert (caught.value.name, caught.value.status) == ("NotFound", 404)
