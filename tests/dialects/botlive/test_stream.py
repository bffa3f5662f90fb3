"""Streams, byte by byte: as they come, taken up again, and asked for by GET."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from actors.order.values import Answer
from http_edge.dialects.botlive import streaming
from tests.dialects.botlive.market import Market, events
from tests.dialects.botlive.test_golden import EMPTY

STREAM = "/message/stream"


def body(market: Market, message: str = "Bonjour") -> dict[str, Any]:
    return {"company_id": "awa", "user_id": market.customer(), "message": message}


def test_a_stream_starts_before_the_answer_and_ends_with_it(market: Market) -> None:
    asked = body(market, "Yopougon")
    began = time.perf_counter()
    with requests.post(f"{market.url}/botlive{STREAM}", json=asked, stream=True, timeout=10) as answer:
        pieces = answer.iter_content(None)
        first = next(pieces)
        took = time.perf_counter() - began
        found = events(first + b"".join(pieces))
    assert took < 1.0, took  # `tests.e2e.test_botlive_streams` measures it: here others are at work
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    request_id = answer.headers["X-Request-Id"]
    assert [each for each, _ in found] == [f"{request_id}-{n}" for n in range(len(found))]
    assert len(events(first)) == 1
    start, *words, done = [event for _, event in found]
    assert start == {"event": "start", "request_id": request_id}
    assert all(set(word) == {"event", "content"} and word["event"] == "token" for word in words)
    assert done["event"] == "done"
    assert done["response"] == "".join(word["content"] for word in words)
    assert done["order_status"] == EMPTY | {"zone": "✅ZONE:Yopougon-1500 FCFA[MESSAGE]", "completion_rate": 25}
    assert (done["next_step"], done["request_id"]) == ("produit", request_id)


def test_a_stream_is_taken_up_behind_any_event_and_nothing_is_said_twice(market: Market) -> None:
    asked = body(market)
    whole = events(market.post(STREAM, asked).body)
    for number, (last, _) in enumerate(whole[:-1]):
        again = market.send("POST", STREAM, {"Last-Event-ID": str(last)}, json=asked)
        assert without_time(events(again.body)) == without_time(whole[number + 1 :])
    for last in (str(whole[-1][0]), "nonsense"):
        for method in ("POST", "GET"):
            ended = market.send(method, STREAM, {"Last-Event-ID": last}, json=asked)
            assert (ended.status, ended.body) == (204, b"")
    assert market.get("/stats/awa").status == 200


def test_the_same_key_streams_the_first_answer(market: Market) -> None:
    asked = body(market, "lingettes")
    first = market.send("POST", STREAM, {"Idempotency-Key": "s"}, json=asked).body
    again = market.send("POST", STREAM, {"Idempotency-Key": "s"}, json=asked | {"message": "Cocody"}).body
    assert without_time(events(again)) == without_time(events(first))


def test_a_browser_streams_by_get_where_a_plus_is_a_space(market: Market) -> None:
    company = market.company()
    query = f"?company_id={company}&user_id=+2250700000001&message=Yopougon&images=&images="
    assert events(market.send("GET", STREAM + query).body)[-1][1]["next_step"] == "produit"
    assert market.get(f"/orders/active/{company}").data["orders"][0]["user_id"] == "+2250700000001"


def test_what_cannot_be_answered_is_no_stream(market: Market) -> None:
    assert market.get(STREAM).places == [("query", "company_id"), ("query", "user_id")]
    assert market.post(STREAM, {"company_id": "awa", "user_id": "x"}).places == [("body", "message")]
    assert market.send("HEAD", STREAM + "?company_id=awa&user_id=x&message=Bonjour").status == 405


def test_a_stream_is_counted_to_its_end(market: Market) -> None:
    def count() -> float:
        shown = market.send("GET", "/../metrics").body.decode()
        line = f'botlive_requests_total{{endpoint="/botlive{STREAM}",method="POST",status="200"}} '
        return float(shown.partition(line)[2].partition("\n")[0])

    before = count()
    market.post(STREAM, body(market))
    assert count() == before + 1


@pytest.mark.parametrize(
    ("response", "tokens"),
    [
        ("Photo reçue ! Dépôt: 2000 FCFA", ["Photo ", "reçue ", "! ", "Dépôt: ", "2000 ", "FCFA"]),
        ("a  b\nc ", ["a  ", "b\n", "c"]),
        ("  a", ["  a"]),
        ("", []),
    ],
)
def test_tokens_are_words_with_the_spaces_after_them(response: str, tokens: list[str]) -> None:
    assert streaming.tokens(response) == tokens
    assert "".join(tokens) == response.rstrip()


def test_an_id_leads_to_its_place() -> None:
    assert streaming.place_of("ab-c-12") == streaming.Place("ab-c", 12)
    assert [streaming.place_of(text) for text in ("", "-1", "a-", "a-x", "a-1 ", "é-1")] == [None] * 6


def test_an_answer_without_words_is_done_at_once() -> None:
    status: Any = EMPTY
    answer = Answer(id="r", at=0, response="", order_status=status, next_step="zone")
    (frame,) = streaming.rest(answer, 7)
    assert json.loads(frame.partition(b"data: ")[2])["duration_ms"] == 7
    assert streaming.rest(answer, 7, after=1) == []


def without_time(found: list[tuple[str | None, Any]]) -> list[tuple[str | None, Any]]:
    return [(at, event | {"duration_ms": 0} if event["event"] == "done" else event) for at, event in found]
