"""`GET /attachments/{id}/{name}`, by token and by link, and `GET /rooms/{conv}/messages/{id}`."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.ports import Grant
from actors.values import Who
from tests.fakes.edge import Answer
from tests.fakes.memory_attachments import MemoryLinks
from tests.http_edge.attachments.conftest import Edge

DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e"


async def get(edge: Edge, saved: dict[str, Any], by: str | None, **headers: str) -> Answer:
    return await edge.request("GET", saved["url"], by, b"", **headers)


# --------------------------------------------------------------------------------------------- who may


async def test_an_upload_is_its_owners_until_a_message_carries_it(edge: Edge) -> None:
    saved = await edge.upload()
    assert [(await get(edge, saved, by)).status for by in ("alice", "bob", "carol", None)] == [200, 404, 404, 401]
    message = await edge.publish("alice", saved)
    assert [(await get(edge, saved, by)).status for by in ("alice", "bob", "carol", None)] == [200, 200, 404, 401]
    await edge.delete("alice", message)
    assert [(await get(edge, saved, by)).status for by in ("alice", "bob", "carol", None)] == [404, 404, 404, 401]


async def test_a_wrong_token_is_401_whatever_the_link_says(edge: Edge) -> None:
    saved = await edge.upload()
    url = (await link(edge, saved))["url"]
    assert (await edge.request("GET", url, Authorization="Bearer wrong")).status == 401
    assert (await edge.request("GET", saved["url"], Authorization="Bearer wrong")).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/attachments/{id}/other.txt",
        "/attachments/{id}/A.txt",
        "/attachments/{id}/a.txt/x",
        "/attachments/{id}/",
        "/attachments/{id}",
        "/attachments/0/a.txt",
        "/attachments/9007199254740993/a.txt",
        "/attachments/99999999999999999999999999/a.txt",
        "/attachments/-1/a.txt",
        "/attachments/{id}/..%2fa.txt",
    ],
)
async def test_only_the_one_path_leads_there(edge: Edge, path: str) -> None:
    saved = await edge.upload()
    assert (await edge.request("GET", path.format(id=saved["id"]), "alice")).status in {404, 405}


# --------------------------------------------------------------------------------------------- what comes


async def test_a_file_comes_as_it_went_and_nothing_in_it_is_executed(edge: Edge) -> None:
    answer = await get(edge, await edge.upload(), "alice")
    assert (answer.status, answer.body) == (200, b"hello")
    headers = {name.title(): value for name, value in answer.headers.items()}
    assert headers.pop("X-Request-Id")
    assert headers == {
        "Content-Type": "text/plain",
        "Content-Length": "5",
        "Content-Disposition": 'attachment; filename="a.txt"',
        "Etag": f'"{DIGEST}"',
        "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Referrer-Policy": "no-referrer",
    }


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("image/png", "inline"),
        ("image/jpeg", "inline"),
        ("image/gif", "inline"),
        ("image/webp", "inline"),
        ("image/avif", "inline"),
        ("image/svg+xml", "attachment"),
        ("text/html", "attachment"),
        ("text/xml", "attachment"),
        ("text/plain", "attachment"),
        ("application/pdf", "attachment"),
        ("application/octet-stream", "attachment"),
    ],
)
async def test_only_inert_images_are_shown_where_they_stand(edge: Edge, kind: str, shown: str) -> None:
    answer = await get(edge, await edge.upload(kind=kind), "alice")
    assert answer.headers["Content-Disposition"].startswith(f"{shown};")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ("%C3%BC.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt"),
        (
            "%F0%9F%8E%89%20(1)'.txt",
            "attachment; filename=\"_ (1)'.txt\"; filename*=UTF-8''%F0%9F%8E%89%20%281%29%27.txt",
        ),
        ("x%22%3b%20filename=%22evil.exe", 'attachment; filename="x__ filename=_evil.exe"'),
        ("a%0d%0aSet-Cookie:%20x=1", 'attachment; filename="aSet-Cookie_ x=1"'),
        ("%E2%80%AEgnp.exe", 'attachment; filename="gnp.exe"'),
    ],
)
async def test_a_name_hurts_nobody_on_its_way_out(edge: Edge, name: str, disposition: str) -> None:
    answer = await get(edge, await edge.upload(name=name.replace(" ", "%20")), "alice")
    assert (answer.status, answer.headers["Content-Disposition"]) == (200, disposition)
    assert "Set-Cookie" not in answer.headers


async def test_an_empty_file_is_a_file(edge: Edge) -> None:
    answer = await get(edge, await edge.upload(content=b""), "alice")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "0")


async def test_ranges_and_conditions(edge: Edge) -> None:
    saved = await edge.upload(content=bytes(range(256)) * 1_000)
    answer = await get(edge, saved, "alice", Range="bytes=100000-199999")
    assert (answer.status, answer.headers["Content-Range"]) == (206, "bytes 100000-199999/256000")
    assert answer.body == (bytes(range(256)) * 1_000)[100_000:200_000]
    answer = await get(edge, saved, "alice", Range="bytes=256000-")
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (416, b"", "bytes */256000")
    tag = answer.headers["ETag"]
    answer = await get(edge, saved, "alice", If_None_Match=tag)
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    assert (await get(edge, saved, "alice", If_Match='"x"')).status == 412
    assert (await get(edge, saved, "alice", Range="bytes=0-0", If_Range=tag)).status == 206
    assert (await get(edge, saved, "alice", Range="bytes=0-0", If_Range='"x"')).status == 200


async def test_what_is_kept_is_asked_about_and_denied_to_those_who_may_not(edge: Edge) -> None:
    saved = await edge.upload()
    tag = (await get(edge, saved, "alice")).headers["ETag"]
    assert (await get(edge, saved, "carol", If_None_Match=tag)).status == 404
    assert (await get(edge, saved, None, If_None_Match=tag)).status == 401


# --------------------------------------------------------------------------------------------- links


async def link(edge: Edge, saved: dict[str, Any], by: str = "alice", query: str = "") -> dict[str, Any]:
    answer = await edge.request("POST", f"/attachments/{saved['id']}/link{query}", by)
    assert answer.status == 201, answer
    made: dict[str, Any] = msgspec.json.decode(answer.body)
    return made


async def test_a_link_needs_no_token_until_it_expires(edge: Edge) -> None:
    saved = await edge.upload()
    made = await link(edge, saved)
    assert made["expires_at"] // 1_000 == edge.stage.clock.at // 1_000 + 3_600
    assert (await edge.request("GET", made["url"])).body == b"hello"
    edge.stage.clock.at = made["expires_at"] - 2
    assert (await edge.request("GET", made["url"])).status == 200
    edge.stage.clock.at = made["expires_at"] - 1
    assert (await edge.request("GET", made["url"])).status == 401


async def test_a_link_is_never_worth_more_than_who_made_it(edge: Edge) -> None:
    saved = await edge.upload()
    message = await edge.publish("alice", saved)
    url = (await link(edge, saved, "bob"))["url"]
    assert (await edge.request("GET", url)).status == 200
    await edge.delete("alice", message)
    assert (await edge.request("GET", url)).status == 404


@pytest.mark.parametrize(
    "change",
    [
        ("user-1", "user-2"),
        ("user-1", "bot-1"),
        ("user-1", "user-01"),
        ("user-1", ""),
        ("expires=", "expires=9"),
        ("expires=", "expires=-"),
        ("expires=", "expired="),
        ("signature=", "signature=A"),
        ("signature=", "signature=%ED%A0%80"),
        ("signature=", "sig="),
        ("/attachments/1/", "/attachments/2/"),
    ],
)
async def test_a_link_that_was_changed_does_not_hold(edge: Edge, change: tuple[str, str]) -> None:
    saved = await edge.upload()
    await edge.upload()
    url = (await link(edge, saved))["url"]
    assert (await edge.request("GET", url.replace(*change))).status == 401


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "1.5", "x", "", "1" * 30])
async def test_a_link_lasts_a_week_at_most(edge: Edge, seconds: str) -> None:
    saved = await edge.upload()
    path = f"/attachments/{saved['id']}/link?seconds={seconds}"
    assert (await edge.request("POST", path, "alice")).status == 400
    made = await link(edge, saved, query="?seconds=604800")
    assert made["expires_at"] // 1_000 == edge.stage.clock.at // 1_000 + 604_800


async def test_only_who_may_read_makes_a_link(edge: Edge) -> None:
    saved = await edge.upload()
    path = f"/attachments/{saved['id']}/link"
    assert [(await edge.request("POST", path, by)).status for by in ("bob", None)] == [404, 401]


async def test_a_link_of_somebody_who_never_was_leads_nowhere(edge: Edge) -> None:
    saved = await edge.upload()
    signature = MemoryLinks().sign(Grant(saved["id"], Who("user", 99), 9_999_999_999))
    url = f"{saved['url']}?viewer=user-99&expires=9999999999&signature={signature}"
    assert (await edge.request("GET", url)).status == 404


# --------------------------------------------------------------------------------------------- messages


async def test_a_message_is_read_as_history_shows_it(edge: Edge) -> None:
    saved = await edge.upload()
    message = await edge.publish("alice", saved)
    path = f"/rooms/{edge.conv}/messages/{message}"
    answer = await edge.request("GET", path, "bob")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    shown = msgspec.json.decode(answer.body)
    assert shown["from"] == {"kind": "user", "id": 1, "name": "alice"}
    assert (shown["conv"], shown["id"], shown["body"], shown["attachments"]) == (edge.conv, message, "look", [saved])
    assert [(await edge.request("GET", path, by)).status for by in ("carol", None)] == [404, 401]
    await edge.delete("alice", message)
    shown = msgspec.json.decode((await edge.request("GET", path, "bob")).body)
    assert (shown["body"], shown["deleted"]) == ("", True)
    assert "attachments" not in shown


@pytest.mark.parametrize(
    "path",
    [
        "/rooms/1/messages/99",
        "/rooms/99/messages/1",
        "/rooms/1/messages/99999999999999999999",
        "/rooms/0/messages/0",
        "/rooms/x/messages/1",
    ],
)
async def test_what_is_not_there_is_not_found(edge: Edge, path: str) -> None:
    assert (await edge.request("GET", path, "alice")).status == 404
