"""Sessions by long polling, as engine.io's own server has them."""

from __future__ import annotations

import json

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from http_edge.socketio import SocketServer
from protocol.socketio.waiting import PACKETS_A_POLL
from tests.fakes.edge import Answer
from tests.fakes.sockets import ORIGIN, FakeHandler, Poller
from tests.http_edge.socketio.conftest import NewPoller


def problem(answer: Answer) -> tuple[int, int, str]:
    """The status, and what Engine.IO says went wrong."""
    said = json.loads(answer.body)
    assert set(said) == {"code", "message"}
    return answer.status, said["code"], said["message"]


UNKNOWN = (400, 1, "Session ID unknown")
BAD = (400, 3, "Bad request")


async def test_a_session_begins_with_its_terms(poller: Poller) -> None:
    answer = await poller.get()
    assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert answer.headers["Cache-Control"] == "no-store"
    terms = await poller.open()
    assert terms == {
        "sid": poller.sid,
        "upgrades": ["websocket"],
        "pingInterval": 25_000,
        "pingTimeout": 20_000,
        "maxPayload": 10_000,
    }


async def test_a_peer_joins_says_something_and_is_answered(poller: Poller, handler: FakeHandler) -> None:
    first, second = await poller.join('{"token":"good"}')
    assert first.startswith('40{"sid":"')
    assert json.loads(first[2:])["sid"] not in ("", poller.sid)
    assert second == '42["welcome",{"n":1}]'
    assert handler.auths == [{"token": "good"}]
    answer = await poller.post('42["tell",1]\x1e427["hear","é",{"a":null}]\x1e428["unknown"]')
    assert (answer.status, answer.body) == (200, b"ok")
    assert await poller.hear() == ['42["told",1]', '437["\\u00e9",{"a":null}]', "438[]"]
    assert [name for name, _ in handler.heard] == ["tell", "hear", "unknown"]


async def test_binary_goes_both_ways_in_base64(poller: Poller, handler: FakeHandler) -> None:
    await poller.join()
    await poller.post('451-9["hear",{"blob":{"_placeholder":true,"num":0}}]\x1ebAAH/')
    assert handler.heard == [("hear", [{"blob": b"\x00\x01\xff"}])]
    assert await poller.hear() == ['461-9[{"blob":{"_placeholder":true,"num":0}}]', "bAAH/"]


async def test_a_poll_waits_until_there_is_something(poller: Poller, handler: FakeHandler) -> None:
    await poller.join()
    heard: list[list[str]] = []

    async def poll() -> None:
        heard.append(await poller.hear())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(poll)
        await trio.sleep(5)
        assert heard == []
        handler.peers[0].emit("news", 1)
        await wait_all_tasks_blocked()
        assert heard == [['42["news",1]']]


async def test_no_answer_holds_more_than_the_python_client_takes(poller: Poller, handler: FakeHandler) -> None:
    await poller.join()
    for n in range(PACKETS_A_POLL + 1):
        handler.peers[0].emit("n", n)
    assert len(await poller.hear()) == PACKETS_A_POLL
    assert await poller.hear() == ['42["n",16]']


async def test_who_may_not_join_is_told_and_may_try_again(poller: Poller, handler: FakeHandler) -> None:
    assert await poller.join('{"token":"wrong"}') == ['44{"message":"Invalid credentials"}']
    await poller.post("40")
    assert (await poller.hear())[0].startswith("40{")
    assert len(handler.peers) == 1


async def test_there_is_one_namespace(poller: Poller) -> None:
    await poller.open()
    await poller.post("40/admin,")
    assert await poller.hear() == ['44/admin,{"message":"Invalid namespace"}']


async def test_a_peer_that_leaves_may_join_again(poller: Poller, handler: FakeHandler) -> None:
    await poller.join()
    await poller.post("41")
    assert handler.lefts == 1
    handler.peers[0].emit("news", 1)
    await poller.post("40")
    assert (await poller.hear())[1] == '42["welcome",{"n":2}]'


async def test_a_peer_that_closes_gets_its_poll_back(poller: Poller, server: SocketServer) -> None:
    await poller.join()
    async with trio.open_nursery() as nursery:

        async def poll() -> None:
            assert await poller.hear() == ["6"]

        nursery.start_soon(poll)
        await wait_all_tasks_blocked()
        assert (await poller.post("41\x1e1")).status == 200
    assert server.statistics().sessions == 0
    assert problem(await poller.get()) == UNKNOWN


class TestLife:
    async def test_a_peer_is_pinged_and_lives_as_long_as_it_answers(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        for _ in range(5):
            began = trio.current_time()
            assert await poller.hear() == ["2"]
            assert trio.current_time() - began == pytest.approx(25, abs=1)
            await poller.post("3")
        assert server.statistics().sessions == 1

    async def test_a_missed_pong_is_noticed(self, poller: Poller, server: SocketServer, handler: FakeHandler) -> None:
        await poller.join()
        assert await poller.hear() == ["2"]
        began = trio.current_time()
        assert problem(await poller.get()) == UNKNOWN
        assert trio.current_time() - began == pytest.approx(20, abs=1)
        assert handler.lefts == 1
        assert server.statistics().silent_closes == 1

    async def test_a_peer_that_polls_no_more_is_given_up(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        await trio.sleep(44)
        assert server.statistics().sessions == 1
        await trio.sleep(2)
        assert server.statistics().sessions == 0

    async def test_who_does_not_join_in_time_is_put_out(self, poller: Poller, server: SocketServer) -> None:
        await poller.open()
        await trio.sleep(9)
        assert server.statistics().sessions == 1
        await trio.sleep(2)
        assert server.statistics().sessions == 0

    async def test_leaving_starts_that_time_again(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        await poller.post("41")
        await trio.sleep(11)
        assert server.statistics().sessions == 0

    async def test_what_is_being_handled_delays_the_pong(
        self, poller: Poller, server: SocketServer, handler: FakeHandler
    ) -> None:
        await poller.join()
        async with trio.open_nursery() as nursery:

            async def poll() -> None:
                assert await poller.hear() == ["2"]

            nursery.start_soon(poll)
            assert (await poller.post('42["slow"]')).status == 200
        await poller.post("3")
        assert server.statistics().sessions == 1


class TestEnd:
    async def test_a_peer_that_does_not_keep_up_is_cut_and_memory_is_bounded(
        self, poller: Poller, server: SocketServer, handler: FakeHandler
    ) -> None:
        await poller.join()
        sizes = []
        for n in range(100):
            handler.peers[0].emit("log", {"n": n, "text": "x" * 100})
            sizes.append(server.statistics().waiting_bytes)
        assert 2_000 < max(sizes) < 2_200
        assert (server.statistics().slow_closes, server.statistics().sessions) == (1, 0)
        assert problem(await poller.get()) == UNKNOWN

    async def test_whoever_is_put_out_is_told_and_gets_what_waits(
        self, poller: Poller, server: SocketServer, handler: FakeHandler
    ) -> None:
        await poller.join()
        handler.peers[0].emit("last", 1)
        handler.peers[0].dismiss()
        handler.peers[0].emit("later", 1)
        assert handler.lefts == 1
        assert await poller.hear() == ['42["last",1]', "41", "1"]
        assert problem(await poller.get()) == UNKNOWN

    async def test_last_words_are_not_kept_for_ever(
        self, poller: Poller, server: SocketServer, handler: FakeHandler
    ) -> None:
        await poller.join()
        handler.peers[0].dismiss()
        assert server.statistics().sessions == 1
        await trio.sleep(11)
        assert problem(await poller.get()) == UNKNOWN

    async def test_a_hub_that_stops_has_everybody_come_back(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        async with trio.open_nursery() as nursery:

            async def poll() -> None:
                # No close packet: python-socketio's client takes one for the end, and stays away.
                assert problem(await poller.get()) == UNKNOWN

            nursery.start_soon(poll)
            await wait_all_tasks_blocked()
            server.drain()
        poller.sid = None
        answer = await poller.get()
        assert problem(answer) == (503, 6, "Too many sessions")
        assert answer.headers["Retry-After"] == "2"

    @pytest.mark.parametrize(
        "body", ["x", "4x", "2", '42["early"]', "40\x1e42[]", '40\x1e42["bug"]', "40\x1e45101-[]", b"\xff"]
    )
    async def test_what_breaks_the_protocol_ends_the_session(
        self, poller: Poller, server: SocketServer, body: str | bytes
    ) -> None:
        await poller.open()
        assert problem(await poller.post(body)) == BAD
        assert server.statistics().sessions == 0
        assert problem(await poller.get()) == UNKNOWN

    async def test_two_polls_at_once_end_the_session(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        answers: list[Answer] = []

        async def poll() -> None:
            answers.append(await poller.get())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(poll)
            nursery.start_soon(poll)
        assert {problem(answer) for answer in answers} == {UNKNOWN, BAD}

    async def test_two_posts_at_once_end_the_session(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        async with trio.open_nursery() as nursery:

            async def post() -> None:
                assert (await poller.post('42["slow"]')).status == 400

            nursery.start_soon(post)
            await wait_all_tasks_blocked()
            assert problem(await poller.post('42["hear"]')) == BAD
        assert server.statistics().sessions == 0

    async def test_a_poll_that_is_given_up_ends_the_session(self, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        with trio.move_on_after(5):
            await poller.get()
        assert server.statistics().sessions == 0


class TestRequests:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"transport": "flash"}, (400, 0, "Transport unknown")),
            ({"transport": ""}, (400, 0, "Transport unknown")),
            ({"transport": "websocket"}, BAD),
            ({"sid": "nobody"}, UNKNOWN),
            ({"EIO": "3"}, (400, 5, "Unsupported protocol version")),
        ],
    )
    async def test_a_request_for_what_there_is_not(
        self, poller: Poller, query: dict[str, str], said: tuple[int, int, str]
    ) -> None:
        assert problem(await poller.get(**query)) == said

    async def test_only_a_get_begins_a_session(self, poller: Poller, server: SocketServer) -> None:
        assert problem(await poller.post("40")) == (400, 2, "Bad handshake method")
        assert problem(await poller.http.request("PUT", poller.path())) == (405, 2, "Bad handshake method")
        assert (await poller.http.request("HEAD", poller.path())).status == 400
        assert server.statistics().sessions == 0

    async def test_a_body_over_the_limit_is_refused_at_once_and_the_session_goes_on(self, poller: Poller) -> None:
        await poller.join()
        assert problem(await poller.post("4" + "x" * 10_000)) == (413, 7, "Payload too large")
        assert (await poller.post('42["hear","' + "x" * 9_900 + '"]')).status == 200

    async def test_sessions_are_bounded_for_each_network_and_in_all(self, new_poller: NewPoller) -> None:
        pollers = [new_poller("192.0.2.1") for _ in range(10)] + [new_poller("192.0.2.2") for _ in range(10)]
        for poller in pollers[:10]:
            await poller.open()
        assert (await new_poller("192.0.2.1").get()).status == 503
        for poller in pollers[10:]:
            await poller.open()
        assert (await new_poller("192.0.2.3").get()).status == 503
        await trio.sleep(11)
        await new_poller("192.0.2.1").open()


class TestOrigins:
    async def test_a_foreign_page_is_refused(self, new_poller: NewPoller) -> None:
        assert problem(await new_poller(Origin="https://evil.example").get()) == (403, 4, "Forbidden")
        assert problem(await new_poller(Origin="null").get()) == (403, 4, "Forbidden")

    async def test_it_is_refused_in_the_middle_of_a_session_too(self, poller: Poller, new_poller: NewPoller) -> None:
        await poller.join()
        foreign = new_poller(Origin="https://evil.example")
        foreign.sid = poller.sid
        assert (await foreign.get()).status == 403
        assert (await foreign.post('42["hear"]')).status == 403

    async def test_the_hubs_own_pages_and_those_of_the_setting_may(
        self, new_poller: NewPoller, handler: FakeHandler
    ) -> None:
        cookie = "session_token=abc; other=1"
        for origin in ("https://hub.example", ORIGIN):
            await new_poller(Origin=origin, Host="hub.example", Cookie=cookie).join()
        await new_poller(Host="hub.example", Cookie=cookie).join()
        assert [peer.handshake.cookies["session_token"] for peer in handler.peers] == ["abc"] * 3

    async def test_a_page_of_the_setting_may_read_the_answer(self, new_poller: NewPoller) -> None:
        poller = new_poller(Origin=ORIGIN, Access_Control_Request_Method="POST")
        preflight = await poller.http.request("OPTIONS", poller.path(), headers=poller.headers)
        assert preflight.status == 200
        for answer in (preflight, await poller.get(), await poller.get(sid="nobody")):
            assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
