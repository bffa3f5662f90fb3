"""Files that requests bring, however they bring them."""

from __future__ import annotations

import pytest
from quart import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from actors.values import Who
from http_edge.app import HubApp, dialect_app
from http_edge.uploads import FORM_BYTES, MAX_PARTS, NoSlot, Slots, upload_in
from tests.fakes.edge import Answer, HttpClient

LIMIT = 2_000_000
ALICE, BOB = Who("user", 1), Who("user", 2)


@pytest.fixture
def app() -> HubApp:
    """An app that says what it was brought."""
    app = dialect_app([])

    @app.post("/")
    async def take() -> Response:
        upload = await upload_in(request, "file", LIMIT)
        if upload is None:
            return Response("no file", 422)
        content = b"".join([piece async for piece in upload])
        said = {"X-Name": ascii(upload.name), "X-Type": ascii(upload.content_type)}
        return Response(content, headers=said)

    return app


def form(*parts: tuple[str, bytes], boundary: str = "b0undary", end: bytes = b"--\r\n") -> tuple[bytes, dict[str, str]]:
    """A form whose parts are headers and contents."""
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    return body + f"--{boundary}".encode() + end, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def disposition(options: str) -> str:
    return f"Content-Disposition: form-data; {options}"


async def send(app: HubApp, body: bytes, headers: dict[str, str], path: str = "/") -> Answer:
    return await HttpClient(app).request("POST", path, body, headers)


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        ("/?name=a%20b.txt", {}, "a b.txt"),
        ("/?name=%C3%A9.txt", {"Content-Disposition": "attachment; filename=other.txt"}, "é.txt"),
        ("/", {"Content-Disposition": 'attachment; filename="a b.txt"'}, "a b.txt"),
        ("/", {"Content-Disposition": "attachment; filename*=UTF-8''%e2%82%ac.txt"}, "€.txt"),
        ("/", {"Content-Disposition": "attachment"}, ""),
        ("/", {"Content-Disposition": ";;;="}, ""),
        ("/", {}, ""),
        ("/?name=", {}, ""),
    ],
)
async def test_a_body_is_a_file_and_its_name_stands_beside_it(
    app: HubApp, path: str, headers: dict[str, str], name: str
) -> None:
    answer = await send(app, b"abc", {"Content-Type": "image/png", **headers}, path)
    assert (answer.status, answer.body) == (200, b"abc")
    assert (answer.headers["X-Name"], answer.headers["X-Type"]) == (ascii(name), "'image/png'")


async def test_a_form_that_is_urlencoded_is_a_body_too(app: HubApp) -> None:
    answer = await send(app, b"a=b", {"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.body) == (200, b"a=b")


@pytest.mark.parametrize("content", [b"", b"x", b"\r\n--b0undar\r\n\r\n--", bytes(1_500_000), b"\r" * 70_000])
async def test_the_part_is_the_file_whatever_stands_around_it(app: HubApp, content: bytes) -> None:
    body, headers = form(
        (disposition('name="note"'), b"first"),
        (disposition('name="other"; filename="wrong.txt"'), b"wrong"),
        (disposition('name="file"; filename="r i.png"') + "\r\nContent-Type: image/png", content),
        (disposition('name="file"; filename="second.png"'), b"second"),
    )
    answer = await send(app, body, headers)
    assert (answer.status, answer.body) == (200, content)
    assert (answer.headers["X-Name"], answer.headers["X-Type"]) == ("'r i.png'", "'image/png'")


async def test_a_form_without_the_file_has_none(app: HubApp) -> None:
    for parts in ([], [(disposition('name="file"'), b"a field is no file")], [(disposition("name"), b"x")]):
        body, headers = form(*parts)
        assert (await send(app, body, headers)).status == 422


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {"Content-Type": "multipart/form-data; boundary=b"}),
        (b"x", {"Content-Type": "multipart/form-data"}),
        (b"x", {"Content-Type": "multipart/form-data; boundary="}),
        form((disposition('name="file"; filename="a"'), b"cut off"), end=b""),
        form(("Content-Type: text/plain", b"nobody's")),
        form((disposition('name="file"; filename="a"') + "\r\n\x80: \ud800".encode("utf-8", "replace").decode(), b"x")),
        (
            b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx\r\n--b--",
            {"Content-Type": "multipart/form-data; boundary=b"},
        ),
        (b"\r\n" * 1_000, {"Content-Type": "multipart/form-data; boundary=b"}),
    ],
)
async def test_what_is_hardly_a_form_never_crashes(app: HubApp, body: bytes, headers: dict[str, str]) -> None:
    assert (await send(app, body, headers)).status in {200, 400, 422}


async def test_a_form_that_is_cut_off_is_a_bad_request(app: HubApp) -> None:
    body, headers = form((disposition('name="file"; filename="a"'), b"x" * 100_000))
    for length in (10, 60, 50_000, len(body) - 20):
        assert (await send(app, body[:length], headers)).status == 400


@pytest.mark.parametrize("over", [1, 1_000_000])
async def test_what_is_over_the_limit_is_too_large(app: HubApp, over: int) -> None:
    assert (await send(app, bytes(LIMIT), {})).status == 200
    assert (await send(app, bytes(LIMIT + over), {})).status == 413
    body, headers = form((disposition('name="file"; filename="a"'), bytes(LIMIT + FORM_BYTES + over)))
    assert (await send(app, body, headers)).status == 413


@pytest.mark.parametrize(
    "parts",
    [
        [(disposition('name="note"'), bytes(FORM_BYTES + 1))],
        [(disposition('name="note"'), b"")] * (MAX_PARTS + 1),
        [("X-Long: " + "x" * 200_000, b"")],
    ],
    ids=["a long field", "many fields", "a long head"],
)
async def test_what_stands_beside_the_file_is_bounded(app: HubApp, parts: list[tuple[str, bytes]]) -> None:
    body, headers = form(*parts, (disposition('name="file"; filename="a"'), b"x"))
    assert (await send(app, body, headers)).status == 413


def test_slots_are_bounded_in_all_and_for_each_and_come_back() -> None:
    slots = Slots(total=3, each=2)
    with slots.take(ALICE), slots.take(ALICE):
        with pytest.raises(NoSlot), slots.take(ALICE):
            pass
        with slots.take(BOB), pytest.raises(NoSlot), slots.take(BOB):
            pass
    with pytest.raises(RequestEntityTooLarge), slots.take(ALICE):
        raise RequestEntityTooLarge
    with slots.take(ALICE), slots.take(ALICE):
        pass
