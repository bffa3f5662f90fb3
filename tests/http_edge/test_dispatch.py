"""Paths that several dialects share: who is meant, and what is said to nobody."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry
from quart import Blueprint, Response

from http_edge.app import create_app, dialect_app
from http_edge.dialect import Dialect
from tests.fakes.edge import HttpClient

PLACE = ("GET", "/api/messages")
NOBODY = {"status": "error", "message": "Invalid API key", "code": 401, "error": "Not authenticated"}
NOWHERE = {"status": "error", "message": "Not found", "code": 404, "error": "Not found"}
API_KEY, COOKIE = {"X-API-Key": "k"}, {"Cookie": "session_token=s"}
TOKENS = ({"X-Bot-Token": "t"}, {"Authorization": "Bearer t"})


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


def dialect(name: str) -> Dialect:
    """A dialect that answers the shared place with its name."""

    async def view() -> Response:
        """List messages."""
        return Response(name)

    return Dialect(name, Blueprint(name, __name__), (f"/api/{name}",), lambda s: Response("", s), shared={PLACE: view})


async def answers(names: Sequence[str], path: str, headers: dict[str, str]) -> object:
    """What an app of these dialects says: the name of the one that answers, or the status and the content."""
    app = create_app(Operations(), dialects=[dialect(name) for name in names])
    answer = await HttpClient(app).request("GET", path, headers=headers)
    return answer.body.decode() if answer.status == 200 else (answer.status, json.loads(answer.body))


@pytest.mark.parametrize("names", [("botmanager", "chatpion"), ("chatpion", "botmanager")])
@pytest.mark.parametrize(
    ("path", "headers", "meant"),
    [
        ("/api/messages", API_KEY, "chatpion"),
        ("/api/messages?api_key=k", {}, "chatpion"),
        ("/api/messages", COOKIE, "botmanager"),
        *(("/api/messages", token, "botmanager") for token in TOKENS),
        ("/api/messages", API_KEY | COOKIE, "chatpion"),
        ("/api/messages", {}, (401, NOBODY)),
        ("/api/messages", {"Cookie": "other=s"}, (401, NOBODY)),
    ],
)
async def test_what_a_request_presents_tells_which_dialect_is_meant(
    names: tuple[str, str], path: str, headers: dict[str, str], meant: object
) -> None:
    assert await answers(names, path, headers) == meant


async def test_a_dialect_that_is_meant_and_not_spoken_knows_nobody() -> None:
    assert await answers(["botmanager"], "/api/messages", API_KEY) == (401, NOBODY)
    assert await answers(["botmanager"], "/api/messages", COOKIE) == "botmanager"


async def test_a_shared_place_is_in_an_app_of_ones_own() -> None:
    answer = await HttpClient(dialect_app([dialect("botmanager")])).request("GET", "/api/messages", headers=COOKIE)
    assert answer.body == b"botmanager"


async def test_what_nobody_serves_under_the_shared_path_is_said_in_the_words_of_both() -> None:
    assert await answers(["botmanager"], "/api/nowhere", {}) == (404, NOWHERE)
    assert await answers([], "/api", {}) == (404, NOWHERE)
