"""Golden pairs: each row of the document's tables, for messages."""

from __future__ import annotations

import json

import pytest

from tests.dialects.cordless.conftest import (
    BASE,
    CI,
    LONELY,
    MAX_UPLOAD,
    NOWHERE,
    OPS,
    OTHER,
    ROOM,
    TEA,
    House,
    is_empty,
)
from tests.fakes.edge import FORM


async def test_created_tells_where_the_message_is(house: House) -> None:
    answer = await house.says("Hello from my bot!")
    assert is_empty(answer, 201, location=f"{BASE}/rooms/{OPS}/messages/{house.last.id}")
    assert (house.last.body, house.last.html, house.last.sender) == ("Hello from my bot!", None, house.ci.actor)


@pytest.mark.parametrize(
    "key",
    [
        "1-",
        "7-",
        "1-wrong",
        "2-ci",
        "9-ci",
        "ci",
        "-ci",
        "1ci",
        "1-ci ",
        " 1-ci",
        "1-CI",
        "1-c.i",
        "token-ci",
        "access-ci",
    ],
)
@pytest.mark.parametrize("room", [OPS, LONELY, NOWHERE])
async def test_an_invalid_key_is_unauthorized_in_every_room(house: House, key: str, room: int) -> None:
    assert is_empty(await house.says("hi", f"/rooms/{room}/{key.replace(' ', '%20')}/messages"), 401)
    assert house.messages(OPS) == house.messages(LONELY) == []


@pytest.mark.parametrize("room", [LONELY, NOWHERE, "0", "-1", "ops", "1.0", "01x", "9" * 40, "%00"])
@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("HEAD", ""),
        ("POST", ""),
        ("PATCH", "/1"),
        ("PUT", "/1"),
        ("DELETE", "/1"),
        ("POST", "/1/boosts"),
        ("DELETE", "/1/boosts/2"),
    ],
)
async def test_a_room_that_the_bot_is_not_in_is_forbidden_be_there_one_or_not(
    house: House, room: int | str, method: str, rest: str
) -> None:
    assert is_empty(await house.call(method, f"/rooms/{room}/{CI}/messages{rest}", "hi"), 403)


async def test_an_open_room_is_no_room_of_a_bot_that_was_not_let_in(house: House) -> None:
    assert (await house.says("hi", f"/rooms/{TEA}/{CI}/messages")).status == 201
    assert is_empty(await house.says("hi", f"/rooms/{TEA}/{OTHER}/messages"), 403)


@pytest.mark.parametrize(
    "body", ["", " ", "\n\t \u2003", "&nbsp;", "<b> </b>", "<script>x</script>", "<!-- x -->", "\0", "\ufeff"]
)
async def test_a_blank_body_is_unprocessable(house: House, body: str) -> None:
    assert is_empty(await house.says(body), 422)
    assert house.messages() == []


async def test_ten_thousand_characters_are_a_message_and_one_more_is_not(house: House) -> None:
    assert (await house.says("é" * 10_000)).status == 201
    assert house.last.body == "é" * 10_000
    for body in ("é" * 10_001, "<b>" + "x" * 10_001, "x" * 450_000):
        assert is_empty(await house.says(body), 422)
    assert len(house.messages()) == 1


async def test_a_body_larger_than_any_upload_is_too_large(house: House) -> None:
    assert is_empty(await house.says("x" * (MAX_UPLOAD + 1), Content_Length=str(MAX_UPLOAD + 1)), 413)
    assert is_empty(await house.says("x" * MAX_UPLOAD, Content_Length=str(MAX_UPLOAD)), 422)
    assert is_empty(await house.says("x" * MAX_UPLOAD), 422)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "text/html", FORM, "application/json", "application/octet-stream", "image/png", "", "nonsense"],
)
async def test_the_body_is_the_text_whatever_its_type(house: House, kind: str) -> None:
    assert (await house.says("a=b&c=d%20e+f", Content_Type=kind)).status == 201
    assert house.last.body == "a=b&c=d%20e+f"


async def test_the_body_is_the_text_without_any_type(house: House) -> None:
    assert (await house.call("POST", ROOM, "plain")).status == 201
    assert house.last.body == "plain"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("grüße".encode(), "grüße"),
        ("grüße".encode("latin-1"), "gr\ufffd\ufffde"),
        (b"\xef\xbb\xbfhi", "hi"),
        (b"nul\0l", "null"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"a\r\nb", "a\nb"),
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=iso-8859-1"])
async def test_text_is_utf8_and_what_is_none_is_shown_as_such(house: House, body: bytes, text: str, kind: str) -> None:
    assert (await house.says(body, Content_Type=kind)).status == 201
    assert house.last.body == text


@pytest.mark.parametrize(
    ("source", "body", "html"),
    [
        ("<b>Build</b> failed", "Build failed", "<b>Build</b> failed"),
        ("2 < 3", "2 < 3", None),
        ("<3", "<3", None),
        ("List<String>", "List<String>", None),
        ("**bold** `code`", "**bold** `code`", None),
        ("AT&amp;T", "AT&T", None),
        ("<p onclick=x>hi</p><script>alert(1)</script>", "hi", "<p>hi</p>"),
        ("one\ntwo", "one\ntwo", None),
    ],
)
async def test_html_is_cleaned_and_its_text_is_the_body(house: House, source: str, body: str, html: str | None) -> None:
    for kind in ("text/plain", "text/html", FORM):
        assert (await house.says(source, Content_Type=kind)).status == 201
        assert (house.last.body, house.last.html) == (body, html)


@pytest.mark.parametrize("text", ["Hey @Alice, look", "<p>Hey <b>@Al</b>ice, look</p>", "&#64;alice"])
async def test_a_bot_mentions_by_name_in_text_and_html(house: House, text: str) -> None:
    await house.says(text)
    assert house.last.mentions == [house.alice.actor]


async def test_each_call_is_a_message_of_its_own(house: House) -> None:
    await house.says("same")
    await house.says("same")
    assert [message.body for message in house.messages()] == ["same", "same"]


async def test_a_slash_at_the_end_changes_nothing(house: House) -> None:
    assert (await house.says("hi", ROOM + "/")).status == 201


async def test_the_openapi_document_tells_of_every_call_and_status(house: House) -> None:
    paths = json.loads((await house.call("GET", "/openapi.json")).body)["paths"]
    messages = "/rooms/{room}/{key}/messages"
    assert {
        (path.removeprefix(messages), method): set(told["responses"])
        for path, methods in paths.items()
        if path.startswith(messages)
        for method, told in methods.items()
    } == {
        ("", "post"): {"201", "401", "403", "413", "422", "503"},
        ("", "get"): {"200", "401", "403", "422", "503"},
        ("/{message}", "patch"): {"200", "401", "403", "404", "413", "422", "503"},
        ("/{message}", "put"): {"200", "401", "403", "404", "413", "422", "503"},
        ("/{message}", "delete"): {"204", "401", "403", "404", "503"},
        ("/{message}/boosts", "post"): {"201", "401", "403", "404", "413", "422", "503"},
        ("/{message}/boosts/{boost}", "delete"): {"204", "401", "403", "404", "503"},
    }
