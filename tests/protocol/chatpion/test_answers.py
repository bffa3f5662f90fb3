"""What an answer says."""

from __future__ import annotations

import json

import pytest

from protocol import chatpion
from protocol.chatpion.answers import Answer, read
from protocol.chatpion.pages import Page, read_page


def error(status: int, message: str = "No", retry_after: str | None = None) -> Answer:
    return Answer(status, json.dumps({"status": "error", "message": message, "code": status}).encode(), retry_after)


def test_a_success_is_its_data() -> None:
    assert read(Answer(200, b'{"status": "success", "data": {"id": 1}}')) == {"id": 1}
    assert read(Answer(200, b'{"status": "success", "data": []}')) == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, chatpion.BadRequest),
        (401, chatpion.InvalidKey),
        (403, chatpion.Forbidden),
        (404, chatpion.NotFound),
        (405, chatpion.BadRequest),
        (413, chatpion.BadRequest),
        (429, chatpion.RateLimited),
        (500, chatpion.ServerError),
        (503, chatpion.ServerError),
        (302, chatpion.BadAnswer),
    ],
)
def test_a_status_is_a_type_of_error(status: int, kind: type[chatpion.ChatPionError]) -> None:
    with pytest.raises(chatpion.ChatPionError) as caught:
        read(error(status, "Invalid API key"))
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.message, str(caught.value)) == (status, *("Invalid API key",) * 2)


@pytest.mark.parametrize(
    ("header", "seconds"), [("17", 17), (None, None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("²", None)]
)
def test_a_limit_says_when_it_opens(header: str | None, seconds: int | None) -> None:
    with pytest.raises(chatpion.RateLimited) as caught:
        read(error(429, retry_after=header))
    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff", b"[]", b"null", b'{"data": 1}', b'{"status": "success"}', b'{"status": "error"}']
)
def test_an_answer_of_somebody_else_is_none(body: bytes) -> None:
    with pytest.raises(chatpion.BadAnswer):
        read(Answer(200, body))


@pytest.mark.parametrize(("status", "said"), [(502, "Bad Gateway"), (599, "status 599")])
@pytest.mark.parametrize("body", [b"<html>secret page</html>", b'{"message": {"a": 1}}', b'{"message": ""}'])
def test_an_error_without_words_is_called_by_its_status(status: int, said: str, body: bytes) -> None:
    with pytest.raises(chatpion.ServerError, match=said):
        read(Answer(status, body))


@pytest.mark.parametrize(("page", "more"), [(1, True), (2, True), (3, False)])
def test_a_page_says_whether_another_one_follows(page: int, more: bool) -> None:
    data = {"total": 5, "page": page, "limit": 2, "flows": [{"id": 1}]}
    assert read_page(data, "flows") == Page([{"id": 1}], more)


def test_an_empty_page_is_the_last_one() -> None:
    assert read_page({"total": 5, "page": 1, "limit": 2, "flows": []}, "flows") == Page([], more=False)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"flows": []},
        {"total": "a", "page": 1, "limit": 1, "flows": []},
        {"total": 1, "page": 1, "limit": 1, "flows": {}},
    ],
)
def test_what_is_no_page_is_said_to_be_none(data: object) -> None:
    with pytest.raises(chatpion.BadAnswer, match="no page of flows"):
        read_page(data, "flows")
