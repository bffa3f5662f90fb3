"""What each method asks for, without anybody being asked."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from protocol.chatpion import Endpoints, Request
from tests.protocol.chatpion.golden import CALLS, ITERATORS, Call
from tests.protocol.chatpion.server import asked


class Requests(Endpoints[Request, Request, tuple[Request, str]]):
    """A client that asks nobody: it returns the request."""

    def _object(self, request: Request) -> Request:
        return request

    def _list(self, request: Request) -> Request:
        return request

    def _items(self, request: Request, key: str) -> tuple[Request, str]:
        return request, key


ASK = Requests()


def body(request: Request) -> Any:
    return None if request.body is None else json.loads(request.body)


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_a_method_asks_for_what_the_document_says(call: Call) -> None:
    request: Request = getattr(ASK, call.name)(*call.ids, **call.named)
    assert (request.method, request.path, sorted(request.query.items())) == asked(call.asks)
    assert body(request) == call.body


def test_every_method_is_in_the_table() -> None:
    methods = {name for name in dir(Endpoints) if not name.startswith("_")}
    assert methods == {call.name for call in CALLS} | set(ITERATORS)


@pytest.mark.parametrize(("name", "key"), ITERATORS.items())
def test_an_iterator_asks_for_full_pages(name: str, key: str) -> None:
    assert getattr(ASK, name)() == (Request("GET", f"/api/{key}", {"limit": "100"}), key)


def test_an_iterator_filters_as_its_list_does() -> None:
    request, _ = ASK.iter_messages(subscriber_id=1, status="read", direction="in", limit=5)
    assert request.query == {"limit": "5", "subscriber_id": "1", "status": "read", "direction": "in"}
    assert ASK.iter_subscribers(platform="hub", tag="vip")[0].query == {"limit": "100", "platform": "hub", "tag": "vip"}
    assert ASK.iter_flows(status="active")[0].query == {"limit": "100", "status": "active"}


def test_what_is_not_given_is_not_sent() -> None:
    assert body(ASK.send_message(1, "hi")) == {"subscriber_id": 1, "message": "hi"}
    assert ASK.list_messages().query == {}


def test_a_change_to_nothing_is_sent_as_null() -> None:
    assert body(ASK.update_subscriber(1, name=None)) == {"name": None}
    assert body(ASK.update_subscriber(1)) == {}


def test_a_connection_may_need_more_than_a_token() -> None:
    assert body(ASK.connect_social_account("webhook", "whsec_aGVscA==", url="https://example.com/")) == {
        "platform": "webhook",
        "access_token": "whsec_aGVscA==",
        "url": "https://example.com/",
    }


def test_an_attachment_may_be_bytes_or_said_in_text() -> None:
    assert body(ASK.send_message(1, "a cat", type="image", attachment=b"\x89PNG"))["attachment"] == "iVBORw=="
    assert body(ASK.send_message(1, "a cat", attachment="https://example.com/cat.png", track_links=True)) == {
        "subscriber_id": 1,
        "message": "a cat",
        "attachment": "https://example.com/cat.png",
        "track_links": True,
    }


def test_times_are_written_as_the_hub_reads_them() -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    broadcast = ASK.create_broadcast("n", "m", schedule={"time": noon}, personalize=True)
    assert body(broadcast)["schedule"] == {"time": "2026-03-29T12:00:00+00:00"}
    query = ASK.get_dashboard_analytics(start_date=date(2026, 3, 1), end_date=noon).query
    assert query == {"start_date": "2026-03-01", "end_date": "2026-03-29T12:00:00+00:00"}


def test_a_time_of_nowhere_is_not_sent() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ASK.get_dashboard_analytics(start_date=datetime(2026, 3, 1))


def test_what_json_does_not_know_is_not_sent() -> None:
    with pytest.raises(TypeError, match="a set is nothing that JSON knows"):
        ASK.create_flow({"name": "f", "nodes": {1}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        ASK.create_flow({"name": "f", "nodes": [float("nan")]})


def test_an_id_that_is_no_number_leads_nowhere() -> None:
    with pytest.raises(ValueError, match="format code"):
        ASK.get_subscriber("../account")  # type: ignore[arg-type]


def test_a_flow_may_have_keys_of_any_name() -> None:
    assert body(ASK.create_flow({"path": "x", "self": 1})) == {"path": "x", "self": 1}
