"""What strangers learn (nothing), what ends in a log (no key), and what comes back where."""

from __future__ import annotations

import json
import logging
import re
from http import HTTPStatus
from ipaddress import ip_network

import pytest
import trio

from actors.messages.bot import RotateBot
from actors.messages.outcomes import BotSaved
from http_edge.peers import Peers
from tests.dialects.cordless.conftest import BASE, CI, LONELY, OPS, ROOM, House, is_empty, open_house
from tests.fakes.edge import Answer, HttpClient

ROUTES = [
    ("GET", "messages"),
    ("POST", "messages"),
    ("PATCH", "messages/1"),
    ("PUT", "messages/1"),
    ("DELETE", "messages/1"),
    ("POST", "messages/1/boosts"),
    ("DELETE", "messages/1/boosts/2"),
]
WRONG_KEYS = [
    "1-wrong",
    "9-ci",
    "1-",
    "-",
    "x",
    "1-ci%00",
    "%FF-ci",
    "1-%C3%A9",
    "٣-ci",
    "1-" + "a" * 5_000,
    "messages",
]


def shape(answer: Answer) -> tuple[int, bytes, list[str]]:
    """All of an answer that is not new with each."""
    return answer.status, answer.body, sorted(name for name, _ in answer.headers)


@pytest.mark.parametrize(("method", "rest"), ROUTES)
async def test_every_wrong_key_is_answered_in_the_same_way(house: House, method: str, rest: str) -> None:
    answers = [await house.call(method, f"/rooms/{OPS}/{key}/{rest}", "hi") for key in WRONG_KEYS]
    answers += [await house.call(method, f"/rooms/{room}/1-wrong/{rest}", "hi") for room in (LONELY, 99, "x")]
    assert {answer.status for answer in answers} == {401}
    assert len({str(shape(answer)) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "messages"),
        ("DELETE", "messages"),
        ("TRACE", "messages"),
        ("PROPFIND", "messages"),
        ("GET", "messages/1"),
        ("POST", "messages/1"),
        ("GET", "messages/1/boosts"),
        ("GET", "messages/1/boosts/1"),
    ],
)
async def test_another_method_is_told_which_ones_fit_whatever_the_key(house: House, method: str, path: str) -> None:
    for key in (CI, "1-wrong"):
        answer = await house.call(method, f"/rooms/{OPS}/{key}/{path}", "hi")
        assert (answer.status, answer.body) == (405, b"")
        assert "OPTIONS" in answer.headers["Allow"]


async def test_options_tells_no_more_than_the_document(house: House) -> None:
    answers = [await house.call("OPTIONS", f"/rooms/{OPS}/{key}/messages") for key in (CI, "1-wrong")]
    assert {answer.status for answer in answers} == {200}
    assert {name.strip() for name in answers[0].headers["Allow"].split(",")} == {"GET", "HEAD", "POST", "OPTIONS"}
    assert shape(answers[0]) == shape(answers[1])


async def test_head_is_get_without_the_list(house: House) -> None:
    await house.said("hi")
    answer = await house.call("HEAD", ROOM)
    assert (answer.status, answer.headers["X-Total-Count"]) == (200, "1")


@pytest.mark.parametrize(
    "path", ["/rooms", "/rooms/", "/rooms/1", f"/rooms/{OPS}/{CI}", f"{ROOM}/1/2", f"/rooms/{OPS}/1%2Fci/messages"]
)
async def test_what_is_no_path_of_the_document_is_an_empty_404(house: House, path: str) -> None:
    assert is_empty(await house.call("GET", path), 404)


async def test_no_key_is_ever_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for key in (CI, "1-canary", "canary-canary"):
        for method, rest in [*ROUTES, ("PATCH", "messages"), ("GET", "nowhere")]:
            await house.call(method, f"/rooms/{OPS}/{key}/{rest}?before={key}", "hi")
    house.stage.store.unreadable = True
    await house.says("hi")
    told = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert len(told) >= 28
    assert not [line for line in told if "canary" in line or CI in line]


async def test_a_crash_is_an_empty_500_and_its_traceback_has_no_key(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("injected")

    monkeypatch.setattr(house.stage.store.library, "listing", broken)
    assert is_empty(await house.call("GET", ROOM), 500)
    (record,) = [record for record in caplog.records if record.exc_info]
    assert CI not in logging.Formatter().format(record)


async def test_a_rotated_key_is_no_key_at_once(house: House) -> None:
    await house.said("before")
    rotate = RotateBot(by=house.alice, credential="bot_key")
    rotated = await house.stage.system.ref("bot", house.ci.id).ask(rotate, timeout_s=5)
    assert isinstance(rotated, BotSaved)
    assert is_empty(await house.says("after"), 401)
    assert [message.body for message in house.messages()] == ["before"]


async def test_a_key_that_is_rotated_while_the_body_comes_says_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    memberships = house.stage.store.library.memberships

    async def rotated_meanwhile(who: object) -> list[int]:
        rooms = await memberships(house.ci.who)
        rotate = RotateBot(by=house.alice, credential="bot_key")
        await house.stage.system.ref("bot", house.ci.id).ask(rotate, timeout_s=5)
        return rooms

    monkeypatch.setattr(house.stage.store.library, "memberships", rotated_meanwhile)
    assert is_empty(await house.says("late"), 401)
    assert house.messages() == []


async def test_a_bot_that_leaves_is_out_at_once(house: House) -> None:
    said = await house.said("hi")
    house.stage.store.rooms[OPS].members.pop(house.ci.who)
    for method, path, body in (("POST", ROOM, "x"), ("GET", ROOM, ""), ("DELETE", f"{ROOM}/{said}", "")):
        assert is_empty(await house.call(method, path, body), 403)


async def test_trouble_of_the_hub_is_to_be_tried_again(house: House) -> None:
    house.stage.store.unreadable = True
    for method, rest in ROUTES:
        answer = await house.call(method, f"/rooms/{OPS}/{CI}/{rest}", "hi")
        assert is_empty(answer, HTTPStatus.SERVICE_UNAVAILABLE, **{"retry-after": "1"})


async def test_a_disk_that_takes_nothing_is_to_be_tried_again(house: House) -> None:
    house.stage.store.log.fail_next()
    assert is_empty(await house.says("hi"), 503, **{"retry-after": "1"})
    assert house.messages() == []
    assert (await house.says("hi")).status == 201


async def test_a_client_that_hangs_up_does_not_undo_what_was_accepted(house: House) -> None:
    house.stage.store.log.hold()
    with trio.move_on_after(0.05) as scope:
        await house.says("heard")
    assert scope.cancelled_caught
    house.stage.store.log.release()
    await house.stage.settle()
    assert house.last.body == "heard"


# ------------------------------------------------------------------------------------------------ Location


@pytest.mark.parametrize(
    ("address", "scheme", "host", "proto", "base"),
    [
        ("192.0.2.1", "https", "hub.example", None, "https://hub.example"),
        ("192.0.2.1", "http", "hub.example:8080", None, "http://hub.example:8080"),
        ("192.0.2.1", "http", "[2001:db8::1]:8080", None, "http://[2001:db8::1]:8080"),
        ("192.0.2.1", "http", "hub.example", "https", "http://hub.example"),
        ("10.0.0.1", "http", "hub.example", "https", "https://hub.example"),
        ("10.0.0.1", "http", "hub.example", "http", "http://hub.example"),
    ],
)
async def test_location_is_where_the_request_went(
    nursery: trio.Nursery, address: str, scheme: str, host: str, proto: str | None, base: str
) -> None:
    house = await open_house(nursery, peers=Peers([ip_network("10.0.0.1")]))
    headers = {"Host": host, **({"X-Forwarded-Proto": proto} if proto else {})}
    answer = await HttpClient(house.app, address, scheme).request("POST", ROOM, "hi", headers)
    assert answer.headers["Location"] == f"{base}/rooms/{OPS}/messages/{house.last.id}"


@pytest.mark.parametrize("host", ["evil.example/x", "a b", '"><script>', "user@evil.example", "x:y", "\xe9", ""])
async def test_a_host_that_is_none_is_not_repeated(house: House, host: str) -> None:
    answer = await house.says("hi", Host=host)
    assert answer.status == 201
    assert re.fullmatch(r"https://[a-z0-9.:]+/rooms/1/messages/\d+", answer.headers["Location"])


async def test_a_configured_url_is_the_hubs(nursery: trio.Nursery) -> None:
    house = await open_house(nursery, public_url="https://chat.example/hub/")
    said = await house.says("hi")
    assert said.headers["Location"] == f"https://chat.example/hub/rooms/{OPS}/messages/{house.last.id}"
    for _ in range(40):
        await house.says("hi")
    listed = await house.call("GET", ROOM)
    assert listed.headers["Link"].startswith(f"<https://chat.example/hub{ROOM}?before=")
    assert json.loads(listed.body)[0]["url"].startswith("https://chat.example/hub/rooms/")
    assert BASE not in listed.headers["Link"]
