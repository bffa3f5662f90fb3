"""The JavaScript client, held to the same table as the Python ones."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.peers import NODE
from tests.protocol.chatpion.golden import CALLS, ITERATORS, in_javascript
from tests.protocol.chatpion.node import SDK, Failed, Node
from tests.protocol.chatpion.server import ApiServer, asked

KEY = "cp_secret"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {"event": "message.read", "timestamp": "2023-01-01T00:00:00Z", "data": {"id": 1, "message": "Zoë"}}
BODY = json.dumps(EVENT, ensure_ascii=False)

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="module")
def process() -> Iterator[Node]:
    node = Node()
    yield node
    node.leave()


@pytest.fixture
def node(process: Node, server: ApiServer) -> Node:
    """A new client of the server."""
    process.make(KEY, server.url)
    return process


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_every_call_is_the_documents(server: ApiServer, node: Node, call: Any) -> None:
    server.says(call.data)
    name, args = call.javascript
    assert node(name, *args) == call.data
    (request,) = server.asked
    assert (request.method, request.path, request.query) == asked(call.asks)
    assert request.body == call.body
    assert request.headers["x-api-key"] == KEY


@pytest.mark.parametrize(("name", "key"), ITERATORS.items())
def test_an_iterator_goes_through_all_pages(server: ApiServer, node: Node, name: str, key: str) -> None:
    server.says({"total": 3, "page": 1, "limit": 2, key: [{"id": 1}, {"id": 2}]})
    server.says({"total": 3, "page": 2, "limit": 2, key: [{"id": 3}]})
    assert [item["id"] for item in node(in_javascript(name), {"limit": 2})] == [1, 2, 3]
    assert [dict(request.query)["page"] for request in server.asked] == ["1", "2"]


def test_a_type_is_declared_for_every_method_and_for_nothing_else() -> None:
    declared, written = ((SDK / name).read_text(encoding="utf-8") for name in ("index.d.ts", "index.js"))
    methods = {call.javascript[0] for call in CALLS} | {in_javascript(name) for name in ITERATORS}
    assert set(re.findall(r"^  (\w+)\(.*\): (?:Promise|AsyncGenerator)<", declared, re.MULTILINE)) == methods
    assert set(re.findall(r"^  (\w+)\(.*\) \{$", written, re.MULTILINE)) == methods | {"constructor"}


def test_what_is_not_given_is_not_sent(server: ApiServer, node: Node) -> None:
    server.says({})
    node("listMessages", {"status": None, "page": 2})
    assert server.asked[0].query == [("page", "2")]


def test_an_attachment_may_be_bytes(server: ApiServer, node: Node) -> None:
    server.says({})
    node("sendMessage", {"subscriber_id": 1, "message": "a cat", "attachment": "base64:iVBORw=="})
    assert server.asked[0].body == {"subscriber_id": 1, "message": "a cat", "attachment": "iVBORw=="}


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (302, "BadAnswer"),
        (400, "BadRequest"),
        (401, "InvalidKey"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (413, "BadRequest"),
        (429, "RateLimited"),
        (500, "ServerError"),
    ],
)
def test_a_status_is_a_kind_of_error(server: ApiServer, node: Node, status: int, name: str) -> None:
    server.refuses(status, "Invalid API key", Retry_After="17", Location=server.url)
    with pytest.raises(Failed, match="Invalid API key") as caught:
        node("sendMessage", {"subscriber_id": 1, "message": "hi"})
    assert (caught.value.name, caught.value.status, caught.value.ours) == (name, status, True)
    assert caught.value.retry_after == 17
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", '{"data": 1}', '{"status": "success"}'])
def test_an_answer_of_somebody_else_is_none(server: ApiServer, node: Node, body: str) -> None:
    server.says_plainly(200, body)
    with pytest.raises(Failed) as caught:
        node("getAccount")
    assert caught.value.name == "BadAnswer"


def test_a_get_is_tried_again_and_a_limit_waited_for_if_wanted(server: ApiServer, process: Node) -> None:
    process.make(KEY, server.url, rateWaitS=1)
    server.refuses(503, "Try again")
    server.refuses(429, "Rate limit exceeded", Retry_After="1")
    server.says({"id": 1})
    began = time.monotonic()
    assert process("getAccount") == {"id": 1}
    assert time.monotonic() - began >= 0.99
    assert len(server.asked) == 3


def test_nobody_there_is_unreachable_and_so_is_a_silent_one(process: Node) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process.make(KEY, url, timeoutMs=50, retries=0)
        with pytest.raises(Failed, match=r"GET /api/messages: .*timeout") as caught:
            process("listMessages", {"page": 1})
        assert caught.value.name == "Unreachable"
    with pytest.raises(Failed, match=r"POST /api/webhooks: .*ECONNREFUSED") as caught:
        process("createWebhook", {"url": "https://example.com", "events": ["*"]})
    assert caught.value.name == "Unreachable"


@pytest.mark.parametrize("wrong", [None, "..", "1/token", -1, 1.5])
def test_an_id_that_is_no_number_leads_nowhere(server: ApiServer, node: Node, wrong: object) -> None:
    with pytest.raises(Failed, match="an id must be"):
        node("getSubscriber", wrong)
    assert server.asked == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"apiKey": ""}, "apiKey must be"),
        ({"apiKey": "a\nb"}, "apiKey must be"),
        ({"baseUrl": None}, "baseUrl must be"),
        ({"baseUrl": "ftp://h"}, "baseUrl must be"),
        ({"baseUrl": "http://user:pass@h"}, "baseUrl must be"),
        ({"baseUrl": "http://h?api_key=1"}, "baseUrl must be"),
        ({"timeoutMs": 0}, "timeoutMs must be"),
    ],
)
def test_what_cannot_work_is_refused(process: Node, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Failed, match=said) as caught:
        process.make(KEY, "http://h", **wrong)
    assert "pass" not in str(caught.value)


def signed(at_s: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """What the specification's own package sends."""
    at_s = time.time() if at_s is None else at_s
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(at_s, UTC), BODY)
    return {"Webhook-Id": "msg_1", "webhook-timestamp": str(int(at_s)), "webhook-signature": f"v1a,x {signature}"}


def test_what_the_package_signs_is_verified(process: Node) -> None:
    assert process("verifyWebhook", SECRET, signed(), BODY) == {"id": "msg_1", **EVENT}


def test_what_is_signed_here_is_verified_by_the_package(process: Node) -> None:
    assert Webhook(SECRET).verify(BODY, process("signWebhook", SECRET, BODY)) == EVENT


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (signed(), BODY + " "),
        (signed(secret="whsec_" + "A" * 32), BODY),
        (signed(at_s=1_700_000_000), BODY),
        (signed() | {"webhook-timestamp": "now"}, BODY),
        ({}, BODY),
    ],
)
def test_what_the_hub_did_not_send_just_now_is_refused(process: Node, headers: dict[str, str], body: str) -> None:
    with pytest.raises(Failed) as caught:
        process("verifyWebhook", SECRET, headers, body)
    assert caught.value.name == "BadSignature"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_?"])
def test_a_secret_that_is_none_is_refused_rather_than_believed(process: Node, secret: str) -> None:
    with pytest.raises(Failed, match="whsec_"):
        process("verifyWebhook", secret, signed(), BODY)
