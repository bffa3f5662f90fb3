"""What the listener does for views: the token in the handshake, and pongs that reach the door."""

from __future__ import annotations

import pytest
import trio

from hub.config import Config
from hub.ws.handshake import SUBPROTOCOLS, first_words
from protocol.aurorialink import AURORIALINK
from protocol.codec import JSON
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.websocket import ping_frame
from tests.fakes.front import FakeDoor, FakeFront
from tests.hub.ws.peers import PING, PONG, client_frame, request, running

VIEW = "aurorialink.v1.json"
TOKEN = "x-ws-token: sesame"
FRAME = '{"token":"sesame"}'


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([], None),
        ([(b"x-ws-token", b"sesame")], FRAME),
        ([(b"x-ws-token", b"sesame"), (b"x-ws-token", b"other")], FRAME),
        ([(b"x-ws-token", b'"\xff')], '{"token":"\\"ÿ"}'),
    ],
    ids=["none", "one", "two", "odd"],
)
def test_the_token_in_the_handshake_is_the_first_frame(headers: list[tuple[bytes, bytes]], words: str | None) -> None:
    assert first_words(AURORIALINK, headers) == words


def test_native_clients_have_no_token_in_their_handshake() -> None:
    assert first_words(JSON, [(b"x-ws-token", b"sesame")]) is None


def test_three_subprotocols_are_offered_the_native_ones_first() -> None:
    assert list(SUBPROTOCOLS) == ["hubbub.v1.msgpack", "hubbub.v1.json", VIEW]


async def test_a_client_that_offers_none_is_told_all_three() -> None:
    async with running() as up:
        peer = await up.connect()
        status, response = await peer.ask(request(protocol="chat"))
        assert status == 400
        assert all(name.encode() in response for name in SUBPROTOCOLS)


async def test_the_door_hears_the_token_before_anything_else() -> None:
    heard: list[bytes | str] = []

    async def slowly(door: FakeDoor, payload: bytes | str) -> None:
        heard.append(payload)
        await trio.sleep(0.02)
        heard.append("done")
        door.outbox.answer(door.piece("done"))

    async with running(FakeFront(slowly)) as up:
        peer = await up.connect()
        await peer.upgrade(request(TOKEN, protocol=VIEW))
        await peer.say("more")
        assert [await peer.message(), await peer.message()] == [b"done", b"done"]
        assert heard == [FRAME, "done", "more", "done"]
        assert up.front.doors[0].codec is AURORIALINK


async def test_a_wrong_token_in_the_handshake_closes() -> None:
    async def refuse(_: FakeDoor, __: bytes | str) -> None:
        raise Close(CloseCode.NOT_AUTHENTICATED, "wrong token or password")

    async with running(FakeFront(refuse, signed_in=False)) as up:
        peer = await up.connect()
        await peer.upgrade(request(TOKEN, protocol=VIEW))
        assert await peer.closed() == CloseCode.NOT_AUTHENTICATED
        await up.settled(0)


async def test_without_a_token_in_time_it_closes() -> None:
    async with running(FakeFront(signed_in=False), Config(hello_timeout_s=0.1)) as up:
        peer = await up.connect()
        await peer.upgrade(request(protocol=VIEW))
        assert await peer.closed() == CloseCode.NO_HELLO


async def test_pongs_reach_the_door_in_order_and_those_of_heartbeats_do_not() -> None:
    async with running() as up:
        peer, door = await up.join(protocol=VIEW)
        for payload in (b"1", b"2"):
            door.outbox.answer(ping_frame(payload))
            assert await peer.frame() == (PING, payload)
        await peer.send(
            client_frame(PONG, b"1") + client_frame(PONG) + client_frame(PONG, b"2") + client_frame(1, b"x")
        )
        assert await peer.message() == b"x"
        while len(door.pongs) < 2:
            await trio.lowlevel.checkpoint()
        assert door.pongs == [b"1", b"2"]


async def test_a_pong_between_fragments_reaches_the_door_and_the_message_comes_whole() -> None:
    async with running() as up:
        peer, door = await up.join(protocol=VIEW)
        await peer.send(client_frame(1, b"a", final=False) + client_frame(PONG, b"7") + client_frame(0, b"b"))
        assert await peer.message() == b"ab"
        assert door.pongs == [b"7"]


async def test_what_has_no_bytes_is_not_sent() -> None:
    async with running() as up:
        peer, door = await up.join(protocol=VIEW)
        assert door.outbox.push(b"")
        door.outbox.answer(b"")
        door.outbox.answer(door.piece("after"))
        assert await peer.message() == b"after"
