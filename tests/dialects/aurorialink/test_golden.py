"""Golden pairs: each row of the document's tables, to the byte."""

from __future__ import annotations

import json

import pytest

from tests.dialects.aurorialink.conftest import OPS, PATH, TEA, House
from tests.fakes.edge import FORM, Answer, HttpClient

COMMITTED = b'{"return_code": 0}'
NOT_AFFECTED = b'{"return_info": "your key access is not affected"}'
SLOW_DOWN = b'{"return_info": "Please respect the imposed usage limit of 10 requests per minute"}'

RIGHT = "key_access=access-ci&type_action=add_message&content_message=hi"


def is_nothing(answer: Answer) -> bool:
    """Whether it is the one empty 404."""
    # The test client makes a Content-Type up; tests/e2e looks at the bytes on the wire.
    headers = {name.lower() for name, _ in answer.headers} - {"x-request-id", "content-type"}
    return (answer.status, answer.body, headers) == (404, b"", {"content-length"})


async def test_success(house: House) -> None:
    answer = await house.says("Hello from my bot!")
    assert (answer.status, answer.body) == (200, COMMITTED)
    assert answer.headers["Content-Type"] == "application/json"
    assert house.heard(OPS) == house.heard(TEA) == ["Hello from my bot!"]


async def test_a_bot_that_is_assigned_to_no_conversation(house: House) -> None:
    answer = await house.says("hi", key="access-idle")
    assert (answer.status, answer.body) == (200, NOT_AFFECTED)


async def test_rate_limit_exceeded(house: House) -> None:
    for n in range(10):
        assert (await house.says(f"{n}")).body == COMMITTED
    answer = await house.says("one more")
    assert (answer.status, answer.body) == (200, SLOW_DOWN)
    assert house.heard(OPS) == [str(n) for n in range(10)]


@pytest.mark.parametrize("key", ["wrong", "token-ci", "1-ci", "access-ci ", "ACCESS-CI", "é" * 5_000])
async def test_an_invalid_token(house: House, key: str) -> None:
    assert is_nothing(await house.says("hi", key=key))


@pytest.mark.parametrize(
    "path",
    [
        "/app/bot_api.php",
        "/app/bot_api.php?route=",
        "/app/bot_api.php?route=api_messenge",
        "/app/bot_api.php?route=API_MESSENGER",
        "/app/bot_api.php?Route=api_messenger",
        "/app/bot_api.php/?route=api_messenger",
        "/app/bot_api.php/x?route=api_messenger",
        "/app/bot_api?route=api_messenger",
        "/app?route=api_messenger",
        "/app/?route=api_messenger",
    ],
)
async def test_an_invalid_route(house: House, path: str) -> None:
    assert is_nothing(await house.near.request("POST", path, RIGHT, {"Content-Type": FORM}))
    assert house.heard(OPS) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
async def test_another_method(house: House, method: str) -> None:
    assert is_nothing(await house.near.request(method, PATH, RIGHT, {"Content-Type": FORM}))
    assert house.heard(OPS) == []


@pytest.mark.parametrize("missing", ["key_access", "type_action", "content_message"])
async def test_missing_parameters(house: House, missing: str) -> None:
    assert is_nothing(await house.says("hi", changed={missing: None}))
    assert is_nothing(await house.says("hi", changed={missing: ""}))


@pytest.mark.parametrize("action", ["delete_message", "ADD_MESSAGE", "add_message ", "0"])
async def test_an_unknown_action(house: House, action: str) -> None:
    assert is_nothing(await house.says("hi", changed={"type_action": action}))


@pytest.mark.parametrize("blank", [" ", "\n\t\r\n", "\u00a0\u2003", " " * 10_001 + "x"])
async def test_a_blank_content(house: House, blank: str) -> None:
    assert is_nothing(await house.says(blank))


async def test_what_is_in_the_query_is_no_parameter(house: House) -> None:
    assert is_nothing(await house.near.request("POST", f"{PATH}&{RIGHT}", b"", {"Content-Type": FORM}))


async def test_nothing_that_failed_is_said(house: House) -> None:
    for key, text in (("wrong", "hi"), ("access-ci", " "), ("access-idle", "hi")):
        await house.says(text, key=key)
    assert house.heard(OPS) == house.heard(TEA) == []


# -------------------------------------------------------------------------------------------- bodies


MULTIPART = "multipart/form-data; boundary=b"


def multipart(**fields: str) -> str:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return "".join(parts) + "--b--\r\n"


BODIES = {
    "form": (FORM, "key_access=access-ci&type_action=add_message&content_message=caf%C3%A9+%26+more"),
    "form with charset": (
        f"{FORM}; charset=UTF-8",
        "key_access=access-ci&type_action=add_message&content_message=café %26 more",
    ),
    "the last of a name counts": (
        FORM,
        "key_access=x&key_access=access-ci&type_action=add_message&content_message=&content_message=café %26 more",
    ),
    "multipart": (
        MULTIPART,
        multipart(key_access="access-ci", type_action="add_message", content_message="café & more"),
    ),
    "json": (
        "application/json",
        json.dumps({"key_access": "access-ci", "type_action": "add_message", "content_message": "café & more"}),
    ),
    "json with charset and other fields": (
        "application/json; charset=utf-8",
        '{"key_access": "access-ci", "type_action": "add_message", "content_message": "café & more", "n": [1, {}]}',
    ),
    "form without a type": (None, "key_access=access-ci&type_action=add_message&content_message=café %26 more"),
    "json without a type": (
        None,
        ' {"key_access": "access-ci", "type_action": "add_message", "content_message": "café & more"}',
    ),
}


@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES.keys())
async def test_every_encoding_says_the_same(house: House, kind: str | None, body: str) -> None:
    answer = await house.near.request("POST", PATH, body, {"Content-Type": kind} if kind else {})
    assert (answer.status, answer.body) == (200, COMMITTED)
    assert house.heard(OPS) == ["café & more"]


BROKEN = {
    "no json": ("application/json", b'{"key_access": '),
    "json of another kind": ("application/json", b'["key_access", "add_message"]'),
    "json with a number as text": (
        "application/json",
        b'{"key_access": "access-ci", "type_action": "add_message", "content_message": 7}',
    ),
    "json with half a character": (
        "application/json",
        b'{"key_access": "access-ci", "type_action": "add_message", "content_message": "\\ud800"}',
    ),
    "json deeper than anybody needs": ("application/json", b'{"a":' * 100_000),
    "multipart without a boundary": ("multipart/form-data", b"--b\r\n"),
    "multipart that ends early": (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="key_access"\r\n\r\nx'),
    "too many fields": (FORM, b"a=b&" * 200 + RIGHT.encode()),
    "too large": (FORM, RIGHT.encode() + b"x" * 1_048_576),
    "nothing": (FORM, b""),
}


@pytest.mark.parametrize(("kind", "body"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_body_that_cannot_be_read(house: House, kind: str, body: bytes) -> None:
    assert is_nothing(await house.near.request("POST", PATH, body, {"Content-Type": kind}))
    assert house.heard(OPS) == []


async def test_bytes_that_are_no_text_are_shown_as_such(house: House) -> None:
    body = b"key_access=access-ci&type_action=add_message&content_message=caf\xe9 caf%E9"
    assert (await house.near.request("POST", PATH, body, {"Content-Type": FORM})).body == COMMITTED
    assert house.heard(OPS) == ["caf\ufffd caf\ufffd"]


async def test_a_plus_that_became_a_space_is_found(house: House) -> None:
    house.stage.store.accounts.give_secret(house.ci.id, "key_access", "a+b+c==")
    body = "key_access=a+b+c==&type_action=add_message&content_message=1%2B1 = 2"
    assert (await house.near.request("POST", PATH, body, {"Content-Type": FORM})).body == COMMITTED
    assert house.heard(OPS) == ["1+1 = 2"]


# -------------------------------------------------------------------------------------------- content


@pytest.mark.parametrize("character", ["x", "é", "\U0001f600", "e\u0301"[1]])
async def test_more_than_10_000_characters_are_cut_by_code_point(house: House, character: str) -> None:
    assert (await house.says("a" + character * 9_999)).body == COMMITTED
    assert (await house.says("a" + character * 12_000)).body == COMMITTED
    assert house.heard(OPS) == ["a" + character * 9_999] * 2


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold**", "<strong>bold</strong>"),
        ("*italic*", "<em>italic</em>"),
        ("`code`", "<code>code</code>"),
        ("```\nblock\n```", "<pre><code>block\n</code></pre>"),
        ("**<script>alert(1)</script>**", "<strong>&lt;script&gt;alert(1)&lt;/script&gt;</strong>"),
    ],
)
async def test_markdown_is_rendered(house: House, text: str, html: str) -> None:
    await house.says(text)
    (rendered,) = house.html(OPS)
    assert rendered is not None
    assert html in rendered
    assert house.heard(OPS) == [text]


async def test_a_native_session_hears_the_bot(house: House) -> None:
    alice = house.stage.client()
    await alice.sign_in("alice")
    await house.says("**hi**")
    frames = [frame for frame in await alice.hears() if frame["t"] == "message"]
    assert {(frame["conv"], frame["body"]) for frame in frames} == {(OPS, "**hi**"), (TEA, "**hi**")}
    assert {(frame["from"]["kind"], frame["from"]["id"], frame["from"]["name"]) for frame in frames} == {
        ("bot", 1, "ci")
    }


async def test_another_address_is_another_client(house: House) -> None:
    assert (await house.says("hi", client=HttpClient(house.app, "2001:db8::1"))).body == COMMITTED
