"""`POST /attachments`."""

from __future__ import annotations

from contextlib import ExitStack

import msgspec
import pytest

from actors.values import Who
from http_edge.uploads import SLOTS_EACH
from tests.http_edge.attachments.conftest import LIMIT, Edge


async def test_a_body_becomes_an_upload_of_the_bearer(edge: Edge) -> None:
    answer = await edge.request(
        "POST", "/attachments?name=../%C3%A9%20%22x%22.png", "alice", b"123", Content_Type="image/png"
    )
    assert answer.status == 201
    saved = msgspec.json.decode(answer.body)
    assert saved == {
        "id": saved["id"],
        "name": "é _x_.png",
        "content_type": "image/png",
        "size": 3,
        "url": f"/attachments/{saved['id']}/%C3%A9%20_x_.png",
    }
    assert answer.headers["Location"] == saved["url"]
    assert [file.owner for file in edge.stage.store.attachments.files.values()] == [Who("user", 1)]


async def test_bots_upload_with_their_native_token(edge: Edge) -> None:
    await edge.upload("ci")
    assert [file.owner.kind for file in edge.stage.store.attachments.files.values()] == ["bot"]


async def test_the_part_file_of_a_form_is_the_upload(edge: Edge) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
        b"1,2\r\n--b--\r\n"
    )
    answer = await edge.request("POST", "/attachments", "alice", body, Content_Type="multipart/form-data; boundary=b")
    assert answer.status == 201
    assert msgspec.json.decode(answer.body) | {"id": 0, "url": ""} == {
        "id": 0,
        "name": "a.csv",
        "content_type": "text/csv",
        "size": 3,
        "url": "",
    }
    answer = await edge.request(
        "POST", "/attachments", "alice", b"--b--\r\n", Content_Type="multipart/form-data; boundary=b"
    )
    assert (answer.status, msgspec.json.decode(answer.body)["error"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer wrong",
        "Bearer",
        "Bearer ",
        "Basic token-alice",
        "token-alice",
        "Bearer token-alice x",
        "Bearer " + "x" * 513,
        "Bearer \xff",
    ],
)
async def test_nobody_uploads_without_a_token(edge: Edge, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await edge.request("POST", "/attachments", body=b"x", **headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert not edge.stage.store.attachments.files


async def test_the_scheme_is_written_as_one_likes(edge: Edge) -> None:
    assert (await edge.request("POST", "/attachments", body=b"x", Authorization="bearer  token-alice ")).status == 201


@pytest.mark.parametrize("over", [1, 1_000_000])
async def test_what_is_too_large_is_413(edge: Edge, over: int) -> None:
    assert (await edge.request("POST", "/attachments", "alice", bytes(LIMIT))).status == 201
    answer = await edge.request("POST", "/attachments", "alice", bytes(LIMIT + over))
    assert (answer.status, msgspec.json.decode(answer.body)["error"]) == (413, "request_entity_too_large")
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    form = head + bytes(LIMIT + over) + b"\r\n--b--\r\n"
    answer = await edge.request("POST", "/attachments", "alice", form, Content_Type="multipart/form-data; boundary=b")
    assert answer.status == 413
    assert len(edge.stage.store.attachments.files) == 1


async def test_too_many_at_once_are_told_when_to_come_back(edge: Edge) -> None:
    with ExitStack() as stack:
        for _ in range(SLOTS_EACH):
            stack.enter_context(edge.slots.take(edge.people["alice"].who))
        answer = await edge.request("POST", "/attachments", "alice", b"x")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert (await edge.request("POST", "/attachments", "bob", b"x")).status == 201
    assert (await edge.request("POST", "/attachments", "alice", b"x")).status == 201


async def test_a_store_that_does_not_serve_is_503(edge: Edge) -> None:
    saved = await edge.upload()
    edge.stage.store.attachments.unreadable = True
    for method, path in (("POST", "/attachments"), ("GET", saved["url"]), ("POST", f"/attachments/{saved['id']}/link")):
        answer = await edge.request(method, path, "alice", b"x" if path == "/attachments" else b"")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    edge.stage.store.unreadable = True
    for path in (saved["url"], f"/rooms/{edge.conv}/messages/1"):
        assert (await edge.request("GET", path, "alice")).status == 503
