"""Sessions on a WebSocket, from its beginning or after an upgrade."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import zip_longest

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked
from werkzeug.datastructures import Headers

from http_edge.origins import Origins
from http_edge.socketio import Door, Rejected, Session, SocketServer, Visitor
from http_edge.socketio.errors import Problem
from protocol.socketio import packets
from protocol.socketio.engine import decode_body
from protocol.socketio.errors import Violation
from tests.fakes.sockets import ORIGIN, FakeHandler, FakeLine, Poller
from tests.fakes.virtual_time import run
from tests.http_edge.socketio.conftest import TERMS

Visit = Callable[..., Visitor]


@pytest.fixture
def visit(server: SocketServer) -> Visit:
    """Ask for a WebSocket."""

    def visit(query: str = "EIO=4&transport=websocket", **headers: str) -> Visitor:
        target = f"/socket.io/?{query}"
        return Visitor(server, Origins(cors=[ORIGIN]), target, Headers(headers), "192.0.2.1", "https://hub.example")

    return visit


def upgrade_of(poller: Poller) -> str:
    """The query of the request by which a session moves to a WebSocket."""
    return f"EIO=4&transport=websocket&sid={poller.sid}"


async def joined(visit: Visit) -> tuple[Door, FakeLine]:
    """A door whose peer has joined, and its line, which has told so."""
    line = FakeLine()
    door = visit().enter(line)
    await door.take("40")
    assert len(line.take()) == 3
    return door, line


class TestOwn:
    async def test_a_session_begins_joins_and_talks(self, visit: Visit, handler: FakeHandler) -> None:
        line = FakeLine()
        door = visit().enter(line)
        (opening,) = line.take()
        assert isinstance(opening, str)
        terms = json.loads(opening[1:])
        assert (opening[0], terms["upgrades"], terms["pingInterval"]) == ("0", [], 25_000)
        await door.take('40{"token":"good"}')
        connected, welcome = line.take()
        assert str(connected).startswith('40{"sid":"')
        assert welcome == '42["welcome",{"n":1}]'
        assert door.joined
        await door.take('42["tell",1]')
        await door.take('451-3["hear",{"_placeholder":true,"num":0}]')
        await door.take(b"\x00\xff")
        assert line.take() == ['42["told",1]', '461-3[{"_placeholder":true,"num":0}]', b"\x00\xff"]
        door.left()
        assert handler.lefts == 1

    async def test_it_is_pinged_and_a_missed_pong_is_noticed(self, visit: Visit, server: SocketServer) -> None:
        door, line = await joined(visit)
        for _ in range(3):
            await trio.sleep(26)
            assert line.take() == ["2"]
            await door.take("3")
        await trio.sleep(26)
        assert line.take() == ["2"]
        await trio.sleep(18)
        assert server.statistics().sessions == 1
        await trio.sleep(2)
        assert line.closed == (4408, "no pong in time")
        assert server.statistics().silent_closes == 1

    async def test_who_does_not_join_in_time_is_closed(self, visit: Visit) -> None:
        line = FakeLine()
        visit().enter(line)
        await trio.sleep(11)
        assert line.closed == (4401, "no connect in time")

    async def test_the_peer_may_say_that_it_goes(self, visit: Visit, server: SocketServer) -> None:
        door, line = await joined(visit)
        await door.take("1")
        assert line.closed == (1000, "bye")
        await door.take('42["hear"]')
        assert server.statistics().sessions == 0

    async def test_whoever_is_put_out_is_told(self, visit: Visit, handler: FakeHandler) -> None:
        _, line = await joined(visit)
        handler.peers[0].dismiss()
        assert line.take() == ["41", "1"]
        assert line.closed == (4411, "not allowed any more")

    async def test_a_hub_that_stops_only_closes(self, visit: Visit, server: SocketServer) -> None:
        _, line = await joined(visit)
        server.drain()
        assert (line.take(), line.closed) == ([], (1012, "the hub restarts"))
        with pytest.raises(Rejected):
            visit()

    async def test_a_peer_that_does_not_keep_up_is_cut_and_memory_is_bounded(
        self, visit: Visit, handler: FakeHandler, server: SocketServer
    ) -> None:
        _, line = await joined(visit)
        line.stuck = True
        parcel = packets.event("log", "x" * 300)
        sizes = []
        for _ in range(20):
            handler.peers[0].send(parcel)
            sizes.append(line.waiting)
        assert TERMS.outbox_bytes < max(sizes) < TERMS.outbox_bytes + len(parcel.frames)
        assert (line.waiting, line.closed) == (0, (4429, "too slow"))
        assert server.statistics().slow_closes == 1

    async def test_one_event_may_be_larger_than_what_may_wait(self, visit: Visit, handler: FakeHandler) -> None:
        _, line = await joined(visit)
        line.stuck = True
        for size in (1, 3 * TERMS.outbox_bytes):
            handler.peers[0].emit("big", "x" * size)
        assert line.closed is None
        assert line.waiting > 3 * TERMS.outbox_bytes

    @pytest.mark.parametrize("message", ["", "x", "9", "2", '42["a",NaN]', b"stray", "45101-[]", '42["bug"]'])
    async def test_what_breaks_the_protocol_closes(
        self, visit: Visit, message: str | bytes, server: SocketServer
    ) -> None:
        door, line = await joined(visit)
        await door.take(message)
        assert line.closed is not None
        assert line.closed[0] in (4400, 1011)
        assert server.statistics().sessions == 0

    async def test_a_message_too_big_closes(self, visit: Visit, server: SocketServer) -> None:
        door, line = await joined(visit)
        door.too_big()
        assert line.closed == (1009, "message too big")
        assert server.statistics().sessions == 0

    async def test_attachments_are_bounded_with_their_event(self, visit: Visit) -> None:
        door, line = await joined(visit)
        await door.take('53-["hear"]')
        for _ in range(2):
            await door.take(b"x" * 6_000)
        assert line.closed is not None
        assert line.closed[0] == 4400


class TestUpgrade:
    async def test_a_session_moves_and_misses_nothing(
        self, visit: Visit, poller: Poller, handler: FakeHandler, server: SocketServer
    ) -> None:
        await poller.join()
        heard: list[list[str]] = []

        async def poll() -> None:
            heard.append(await poller.hear())

        line = FakeLine()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(poll)
            await wait_all_tasks_blocked()
            door = visit(upgrade_of(poller)).enter(line)
            assert line.take() == []
            await door.take("2probe")
            assert line.take() == ["3probe"]
        assert heard == [["6"]]
        handler.peers[0].emit("between", 1)
        assert await poller.hear() == ['42["between",1]']
        assert await poller.hear() == ["6"]
        handler.peers[0].emit("before", 2)
        await door.take("5")
        handler.peers[0].emit("after", 3)
        assert line.take() == ['42["before",2]', '42["after",3]']
        await door.take('427["hear",1]')
        assert line.take() == ["437[1]"]
        assert (await poller.get()).status == 400
        assert (await poller.post("3")).status == 400
        assert (server.statistics().websockets, len(handler.peers)) == (1, 1)
        door.left()
        assert handler.lefts == 1

    async def test_a_session_that_does_not_move_goes_on_polling(
        self, visit: Visit, poller: Poller, handler: FakeHandler
    ) -> None:
        await poller.join()
        line = FakeLine()
        door = visit(upgrade_of(poller)).enter(line)
        await door.take("2probe")
        door.left()
        handler.peers[0].emit("news", 1)
        assert await poller.hear() == ['42["news",1]']
        second = visit(upgrade_of(poller)).enter(FakeLine())
        await second.take("2probe")
        await second.take("5")
        assert second.joined

    @pytest.mark.parametrize(
        "messages", [["5"], ["2"], ["40"], ["2probe", "2probe"], ["2probe", "40"], [b"\x00"], [""], ["2probe", "x"]]
    )
    async def test_what_is_no_upgrade_closes_the_websocket_only(
        self, visit: Visit, poller: Poller, handler: FakeHandler, messages: list[str | bytes]
    ) -> None:
        await poller.join()
        line = FakeLine()
        door = visit(upgrade_of(poller)).enter(line)
        for message in messages:
            await door.take(message)
        assert line.closed is not None
        assert line.closed[0] == 4400
        door.left()
        handler.peers[0].emit("news", 1)
        assert await poller.hear() == ['42["news",1]']

    async def test_half_an_upgrade_is_given_up(self, visit: Visit, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        line = FakeLine()
        door = visit(upgrade_of(poller)).enter(line)
        await door.take("2probe")
        await trio.sleep(11)
        assert line.closed == (4401, "no upgrade in time")
        assert server.statistics().sessions == 1

    async def test_two_websockets_do_not_fight_over_a_session(self, visit: Visit, poller: Poller) -> None:
        await poller.join()
        first, second = FakeLine(), FakeLine()
        doors = [visit(upgrade_of(poller)).enter(line) for line in (first, second)]
        for door in doors:
            await door.take("2probe")
        assert (first.take(), second.take()) == (["3probe"], [])
        assert second.closed is not None
        doors[1].left()
        await doors[0].take("5")
        assert doors[0].joined
        with pytest.raises(Rejected):
            visit(upgrade_of(poller))

    async def test_a_session_may_end_meanwhile(self, visit: Visit, poller: Poller, server: SocketServer) -> None:
        await poller.join()
        line = FakeLine()
        door = visit(upgrade_of(poller)).enter(line)
        await poller.post("1")
        await door.take("2probe")
        assert line.closed is not None
        late = FakeLine()
        with pytest.raises(Rejected):
            visit(upgrade_of(poller)).enter(late)


class TestRequests:
    @pytest.mark.parametrize(
        ("query", "problem"),
        [
            ("EIO=4&transport=polling", Problem.BAD_REQUEST),
            ("EIO=4", Problem.UNKNOWN_TRANSPORT),
            ("EIO=3&transport=websocket", Problem.BAD_VERSION),
            ("EIO=4&transport=websocket&sid=nobody", Problem.UNKNOWN_SESSION),
            ("&".join(f"a{n}=1" for n in range(100)), Problem.BAD_REQUEST),
            ("%ff=%fe&\x00", Problem.UNKNOWN_TRANSPORT),
        ],
    )
    async def test_a_request_for_what_there_is_not(self, visit: Visit, query: str, problem: Problem) -> None:
        with pytest.raises(Rejected) as caught:
            visit(query)
        assert caught.value.problem is problem

    async def test_a_foreign_page_is_refused(self, visit: Visit) -> None:
        with pytest.raises(Rejected) as caught:
            visit(Origin="https://evil.example")
        assert caught.value.problem is Problem.FORBIDDEN
        for origin in (ORIGIN, "https://hub.example"):
            visit(Origin=origin)

    async def test_sessions_are_bounded(self, visit: Visit) -> None:
        visitor = visit()
        for _ in range(TERMS.sessions_per_network):
            visit().enter(FakeLine())
        with pytest.raises(Rejected):
            visit()
        with pytest.raises(Rejected):
            visitor.enter(FakeLine())


FRAGMENTS = [
    *("2probe", "5", "40", "41", "1", "3", "6", "", "x", "4", "40/x,", "44", "45", "b", "bAA==", b"", b"\x00"),
    *('42["hear",1]', '421["tell"]', '42["bug"]', '451-["hear",{"_placeholder":true,"num":0}]', "4510000-[]"),
    *("4\x1e4", "4" + "[" * 5_000),
]


async def deliver(session: Session, body: str) -> None:
    """What a POST does."""
    try:
        packets = decode_body(body.encode())
    except Violation:
        session.end(4400, "no payload")
        return
    for packet in packets:
        await session.take(packet)


@settings(max_examples=100, deadline=None)
@given(
    own=st.lists(st.sampled_from(FRAGMENTS), max_size=6),
    other=st.lists(st.sampled_from(FRAGMENTS), max_size=6),
    posted=st.lists(st.sampled_from([part for part in FRAGMENTS if isinstance(part, str)]), max_size=6),
)
def test_no_garbage_leaks_a_session_or_raises(
    own: list[str | bytes], other: list[str | bytes], posted: list[str]
) -> None:
    run(partial(garbage, own, other, posted))


async def garbage(own: list[str | bytes], other: list[str | bytes], posted: list[str]) -> None:
    """One peer talks on a WebSocket of its own, another one on polls and on one beside them; then both are gone."""
    handler = FakeHandler()
    server = SocketServer(handler, TERMS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        door = visitor(server).enter(FakeLine())
        polled = server.open(visitor(server).handshake)
        climbing = visitor(server, polled.id).enter(FakeLine())
        for message in own:
            await door.take(message)
        for over, post in zip_longest(other, posted):
            if over is not None:
                await climbing.take(over)
            if post is not None and not polled.channel.over:
                await deliver(polled, post)
        door.left()
        climbing.left()
        await trio.sleep(50)
        assert server.statistics().sessions == 0
        assert handler.lefts == len(handler.peers)
        nursery.cancel_scope.cancel()


def visitor(server: SocketServer, sid: str = "") -> Visitor:
    """Somebody who asks for a WebSocket."""
    target = "/socket.io/?EIO=4&transport=websocket" + (sid and f"&sid={sid}")
    return Visitor(server, Origins(), target, Headers(), "192.0.2.1", "https://hub.example")
