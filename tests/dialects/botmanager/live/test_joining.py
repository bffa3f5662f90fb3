"""Who a socket is, and how long it stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
from werkzeug.datastructures import Headers

from http_edge.socketio import Handshake
from tests.dialects.botmanager.bots.crew import CI, NOW
from tests.dialects.botmanager.live.gallery import Gallery, settle

WRONG = [{"message": "Invalid credentials"}]


@pytest.mark.parametrize(
    ("headers", "auth"),
    [
        ({}, None),
        ({}, {}),
        ({}, {"token": None}),
        ({}, {"token": "token-ci"}),
        ({}, {"token": "token-alice"}),
        ({"X_Bot_Token": "token-ci"}, None),
        ({"Authorization": "Bearer token-alice"}, None),
        ({"Cookie": "session_token=alice"}, None),
        ({"Cookie": "session_token=stale"}, None),
    ],
)
async def test_whoever_may_join_is_told_that_it_has(
    gallery: Gallery, headers: dict[str, str], auth: dict[str, Any] | None
) -> None:
    socket = gallery.socket(**headers)
    established = await socket.joins(auth)
    assert established == {"status": "connected", "client_id": socket.client_id, "timestamp": NOW}


@pytest.mark.parametrize(
    ("headers", "auth"),
    [
        ({}, {"token": "wrong"}),
        ({}, {"token": ""}),
        ({}, {"token": 1}),
        ({}, {"token": "x" * 5_000}),
        ({}, {"token": "1-ci"}),
        ({"X_Bot_Token": "wrong"}, None),
        ({"Authorization": "Bearer wrong"}, {}),
        ({"Cookie": "session_token=alice"}, {"token": "wrong"}),
        ({"Cookie": "session_token=alice", "X_Bot_Token": "wrong"}, None),
    ],
)
async def test_a_wrong_token_is_refused_whatever_else_there_is(
    gallery: Gallery, headers: dict[str, str], auth: dict[str, Any] | None
) -> None:
    socket = gallery.socket(**headers)
    await socket.door.take("40" + ("" if auth is None else json.dumps(auth)))
    assert socket.hears() == WRONG
    assert gallery.feed.sessions(None) == 0


async def test_the_cookie_of_a_page_that_may_not_use_it_counts_for_nothing(gallery: Gallery) -> None:
    handshake = Handshake(Headers({"Cookie": "session_token=alice"}), "192.0.2.1", trusted=False)
    assert dict(handshake.cookies) == {}


async def test_sockets_are_counted(gallery: Gallery) -> None:
    alice, bob = gallery.people["alice"].id, gallery.people["bob"].id
    first, _, _ = await gallery.person("alice"), await gallery.person("alice"), await gallery.person("bob")
    await gallery.bot("ci")
    await gallery.socket().joins()
    assert [gallery.feed.sessions(user) for user in (alice, bob, None)] == [2, 1, 5]
    first.leaves()
    assert [gallery.feed.sessions(user) for user in (alice, bob, None)] == [1, 1, 4]


async def test_a_bot_is_there_as_long_as_it_holds_a_socket(gallery: Gallery) -> None:
    watcher = await gallery.person("alice")
    first, second = await gallery.bot("ci"), await gallery.bot("ci")
    await settle()
    assert [(shown["bot_id"], shown["status"]) for shown in watcher.sees("bot_update")] == [(CI, "online")]
    first.leaves()
    for _ in range(3):
        await trio.sleep(24)
        await second.door.take("3")
    assert watcher.sees("bot_update") == []
    second.leaves()
    await trio.sleep(31)
    assert gallery.stage.attendance.online(int(CI)) is False


class TestEnd:
    async def test_a_password_that_changes_ends_the_sockets_of_cookies_only(self, gallery: Gallery) -> None:
        alice = gallery.people["alice"].id
        by_cookie, other = await gallery.person("alice"), await gallery.person("bob")
        by_token = gallery.socket()
        await by_token.joins({"token": "token-alice"})
        gallery.feed.disconnect_cookies(alice)
        assert by_cookie.line.closed == (4411, "not allowed any more")
        assert (by_token.line.closed, other.line.closed) == (None, None)

    async def test_signing_out_ends_the_sockets_of_that_session(self, gallery: Gallery) -> None:
        alice, bob = await gallery.person("alice"), await gallery.person("bob")
        gallery.feed.disconnect_session("session of alice")
        assert (alice.line.closed is None, bob.line.closed is None) == (False, True)

    async def test_an_account_that_goes_takes_all_its_sockets(self, gallery: Gallery) -> None:
        by_cookie, by_token = await gallery.person("alice"), gallery.socket()
        await by_token.joins({"token": "token-alice"})
        gallery.feed.disconnect_user(gallery.people["alice"].id)
        assert by_cookie.line.closed
        assert by_token.line.closed
        assert gallery.feed.sessions(None) == 0

    async def test_a_bot_that_goes_takes_its_own(self, gallery: Gallery) -> None:
        ci, cd = await gallery.bot("ci"), await gallery.bot("cd")
        gallery.feed.disconnect_bot(int(CI))
        assert (ci.line.closed is None, cd.line.closed is None) == (False, True)

    async def test_what_ends_while_somebody_joins_is_looked_up_again(
        self, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        find = gallery.callers.by_user_token

        async def find_and_revoke(token: str) -> Any:
            found = await find(token)
            gallery.stage.store.accounts.user(gallery.people["alice"].id).token = "another"
            monkeypatch.undo()
            gallery.feed.disconnect_user(gallery.people["alice"].id)
            return found

        monkeypatch.setattr(type(gallery.callers), "by_user_token", lambda self, token: find_and_revoke(token))
        socket = gallery.socket()
        await socket.door.take('40{"token":"token-alice"}')
        assert socket.hears() == WRONG
