"""Golden pairs: the document's file attachments."""

from __future__ import annotations

import json

import pytest

from tests.dialects.cordless.conftest import BASE, LONELY, MAX_UPLOAD, OPS, ROOM, House, is_empty
from tests.fakes.edge import Answer

Part = tuple[str, bytes]


def file(
    content: bytes = b"%PDF-", *, field: str = "attachment", name: str = "file.pdf", kind: str = "application/pdf"
) -> Part:
    """A part as `curl -F "field=@name"` sends it."""
    return f'form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}', content


def field(name: str, value: bytes) -> Part:
    """A part that is no file."""
    return f'form-data; name="{name}"', value


async def posts(house: House, *parts: Part, path: str = ROOM, method: str = "POST") -> Answer:
    """Send a multipart body."""
    body = b"".join(
        b"--XX\r\nContent-Disposition: " + head.encode() + b"\r\n\r\n" + rest + b"\r\n" for head, rest in parts
    )
    return await house.call(method, path, body + b"--XX--\r\n", Content_Type="multipart/form-data; boundary=XX")


async def test_a_file_is_a_message_that_carries_it(house: House) -> None:
    answer = await posts(house, file(b"\x00\xff content"))
    said = house.last
    assert is_empty(answer, 201, location=f"{BASE}/rooms/{OPS}/messages/{said.id}")
    assert (said.body, said.html, said.sender) == ("", None, house.ci.actor)
    assert said.attachments is not None
    (carried,) = said.attachments
    assert (carried.name, carried.content_type, carried.size) == ("file.pdf", "application/pdf", 10)
    assert house.files.files[carried.id].content == b"\x00\xff content"
    assert house.files.files[carried.id].owner == house.ci.who


async def test_it_is_listed_under_its_name(house: House) -> None:
    await posts(house, file(name="Résumé 2.pdf"))
    (listed,) = json.loads((await house.call("GET", ROOM)).body)
    assert listed["body"] == {"plain_text": "Résumé 2.pdf", "html": ""}
    (carried,) = listed["attachments"]
    assert (carried["name"], carried["url"]) == ("Résumé 2.pdf", f"{BASE}/attachments/1/R%C3%A9sum%C3%A9%202.pdf")


async def test_the_attachment_beats_all_else_in_the_form(house: House) -> None:
    parts = [field("body", b"text"), file(b"no", field="other"), file(b"yes"), file(b"second"), field("x", b"y")]
    assert (await posts(house, *parts)).status == 201
    assert house.last.body == ""
    assert [stored.content for stored in house.files.files.values()] == [b"yes"]


@pytest.mark.parametrize("parts", [[], [field("body", b"text")], [field("attachment", b"text")], [file(field="file")]])
async def test_a_form_without_an_attachment_is_unprocessable(house: House, parts: list[Part]) -> None:
    assert is_empty(await posts(house, *parts), 422)
    assert house.messages() == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--XX--"),
        ("multipart/form-data; boundary=", b"--XX--"),
        ("multipart/form-data; boundary=XX", b""),
        ("multipart/form-data; boundary=XX", b"--XX\r\n\r\n\r\n--XX--"),
        (
            "multipart/form-data; boundary=XX",
            b"--XX\r\nContent-Disposition: form-data; name=attachment; filename=a\r\n\r\ncut",
        ),
        ("multipart/form-data; boundary=XX", b"\xff" * 100),
        ("multipart/form-data; boundary=\xe9", b"--XX--"),
    ],
)
async def test_what_is_no_form_is_unprocessable(house: House, kind: str, body: bytes) -> None:
    assert is_empty(await house.call("POST", ROOM, body, Content_Type=kind), 422)
    assert (house.messages(), house.files.files) == ([], {})


async def test_a_file_larger_than_an_upload_may_be_is_too_large(house: House) -> None:
    house.files.max_bytes = MAX_UPLOAD
    assert (await posts(house, file(b"x" * MAX_UPLOAD))).status == 201
    assert is_empty(await posts(house, file(b"x" * (MAX_UPLOAD + 1))), 413)
    assert is_empty(await posts(house, file(b"x" * (MAX_UPLOAD + 100_000))), 413)
    assert len(house.messages()) == 1


async def test_nothing_is_stored_for_a_room_that_the_bot_is_not_in(house: House) -> None:
    assert is_empty(await posts(house, file(), path=f"/rooms/{LONELY}/1-ci/messages"), 403)
    assert is_empty(await posts(house, file(), path=f"/rooms/{OPS}/1-wrong/messages"), 401)
    assert house.files.files == {}


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x.pdf", "../../etc/passwd", "nul\0.pdf", "", '"', "x" * 5_000])
async def test_a_name_is_only_ever_a_name(house: House, name: str) -> None:
    answer = await posts(house, file(name=name))
    assert answer.status in (201, 422)
    for stored in house.files.files.values():
        assert not {"/", "\r", "\n", "\0"} & set(stored.attachment.name)
        assert 0 < len(stored.attachment.name) <= 255
    assert "Set-Cookie" not in answer.headers


async def test_uploads_beyond_the_slots_come_back_later(house: House) -> None:
    with house.slots.take(house.ci.who), house.slots.take(house.ci.who):
        with house.slots.take(house.ci.who), house.slots.take(house.ci.who):
            assert is_empty(await posts(house, file()), 503, **{"retry-after": "2"})
        assert (await posts(house, file())).status == 201


async def test_a_text_is_not_replaced_by_a_file(house: House) -> None:
    said = await house.said("text")
    assert is_empty(await posts(house, file(), path=f"{ROOM}/{said}", method="PATCH"), 422)
    assert house.last.body == "text"
