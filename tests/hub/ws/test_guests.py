"""Socket.IO over real sockets: WebSockets taken over from the HTTP listener, contained, bounded, drained."""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio
import trio.lowlevel
import trustme

from http_edge.app import create_app
from http_edge.origins import Origins
from http_edge.peers import Peers
from http_edge.socketio import Polling, SocketServer, Terms
from hub.accept import open_listeners
from hub.config import Config
from hub.http import HttpListener
from hub.ws import Guests
from tests.fakes.sockets import FakeHandler
from tests.hub.listening import GET_UP, Operations
from tests.hub.ws.peers import CLOSE, PING, TEXT, Peer, client_frame, request

PATH = "/socket.io/?EIO=4&transport=websocket"
UPGRADE = request(path=PATH, protocol=None)
CONFIG = Config(close_timeout_s=0.2, handshake_timeout_s=0.5)
TERMS = Terms(max_payload_bytes=70_000, outbox_bytes=65_536)


@dataclass
class House:
    """A running HTTP listener with Socket.IO. Whoever connects hangs up in the end."""

    listener: HttpListener
    server: SocketServer
    handler: FakeHandler
    port: int
    peers: list[Peer] = field(default_factory=list)

    async def connect(self, tls: ssl.SSLContext | None = None) -> Peer:
        """Connect."""
        stream: trio.abc.Stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        if tls is not None:
            stream = trio.SSLStream(stream, tls, server_hostname="127.0.0.1", https_compatible=True)
        self.peers.append(Peer(stream))
        return self.peers[-1]

    async def join(self) -> Peer:
        """Connect, and join."""
        peer = await self.connect()
        await peer.upgrade(UPGRADE)
        await peer.say("40")
        assert [(await peer.message())[:2] for _ in range(3)] == [b"0{", b"40", b"42"]
        return peer

    async def is_well(self) -> bool:
        """Whether it serves on, and no connection has failed."""
        peer = await self.connect()
        await peer.send(GET_UP)
        answer = await peer.stream.receive_some(100)
        return answer.startswith(b"HTTP/1.1 200") and not self.listener.statistics().failed

    async def emptied(self) -> None:
        """Wait until there are no sessions."""
        with trio.fail_after(2):
            while self.server.statistics().sessions:
                await trio.lowlevel.checkpoint()


@asynccontextmanager
async def house(tls: ssl.SSLContext | None = None) -> AsyncIterator[House]:
    """Run one for the block. At its end everybody who joined has left."""
    handler, origins, peers = FakeHandler(), Origins(), Peers()
    server = SocketServer(handler, TERMS)
    app = create_app(Operations(), dialects=[Polling(server, origins).dialect()])
    listener = HttpListener(app, CONFIG, tls=tls, guests=Guests(server, origins, peers, CONFIG))
    sockets = await open_listeners("127.0.0.1", 0)
    up = House(listener, server, handler, sockets[0].socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        await nursery.start(listener.serve, sockets)
        try:
            yield up
        finally:
            nursery.cancel_scope.cancel()
            for peer in up.peers:
                peer.hang_up()
    assert handler.lefts == len(handler.peers)
    assert server.statistics().sessions == 0


async def test_a_peer_joins_and_talks() -> None:
    async with house() as up:
        peer = await up.join()
        await peer.say('427["hear",{"a":"é"}]')
        assert await peer.message() == b'437[{"a":"\\u00e9"}]'
        await peer.say('451-8["hear",{"_placeholder":true,"num":0}]')
        await peer.say(b"\x00\xff")
        assert await peer.message() == b'461-8[{"_placeholder":true,"num":0}]'
        assert await peer.message() == b"\x00\xff"
        await peer.send(client_frame(PING, b"hi"))
        assert (await peer.frame()).payload == b"hi"
        await peer.send(client_frame(CLOSE, b"\x03\xe8"))
        assert (await peer.frame()).code == 1000
        await up.emptied()


async def test_a_request_may_come_behind_another_one_with_all_that_follows_it() -> None:
    async with house() as up:
        peer = await up.connect()
        await peer.send(GET_UP)
        assert (await peer.stream.receive_some(1_000)).startswith(b"HTTP/1.1 200")
        early = client_frame(TEXT, b"40") + client_frame(TEXT, b'427["hear",1]')
        await peer.upgrade(UPGRADE + early)
        assert [(await peer.message())[:3] for _ in range(4)] == [b'0{"', b"40{", b"42[", b"437"]


async def test_a_request_may_come_in_pieces() -> None:
    async with house() as up:
        peer = await up.connect()
        for byte in UPGRADE + client_frame(TEXT, b"40"):
            await peer.send(bytes([byte]))
            await trio.lowlevel.checkpoint()
        await peer.upgrade(b"")
        assert [(await peer.message())[:2] for _ in range(2)] == [b"0{", b"40"]


async def test_it_is_served_over_tls() -> None:
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    async with house(server) as up:
        peer = await up.connect(client)
        own = request("Origin: https://hub", path=PATH, protocol=None)
        await peer.upgrade(own + client_frame(TEXT, b"40"))
        assert [(await peer.message())[:2] for _ in range(3)] == [b"0{", b"40", b"42"]
        up.handler.peers[0].emit("big", "x" * 200_000)
        assert len(await peer.message()) > 200_000
        up.handler.peers[0].dismiss()
        assert [await peer.message() for _ in range(2)] == [b"41", b"1"]
        assert await peer.closed() == 4411


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        (request(path="/socket.io/?EIO=3&transport=websocket", protocol=None), 400, b'{"code":5,'),
        (request(path=PATH + "&sid=nobody", protocol=None), 400, b'{"code":1,'),
        (request("Origin: https://evil.example", path=PATH, protocol=None), 403, b'{"code":4,'),
        (request("Origin: null", "Host: \xff", path=PATH, protocol=None), 400, b""),
        (request(path="/other", protocol=None), 400, b"WebSocket connections are taken on another port"),
        (UPGRADE.replace(b"dGhl", b"!!!!"), 400, b""),
        (UPGRADE.replace(b"Version: 13", b"Version: 7"), 426, b""),
        (request(path=PATH, protocol="\xff"), 400, b""),
        (UPGRADE.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\nab"), 400, b""),
    ],
)
async def test_what_is_no_request_for_it_is_refused_and_harms_nobody(data: bytes, status: int, body: bytes) -> None:
    async with house() as up:
        peer = await up.connect()
        answered, answer = await peer.ask(data)
        assert (answered, body in answer) == (status, True)
        assert await up.is_well()


async def test_a_message_over_the_limit_closes_and_is_not_kept() -> None:
    async with house() as up:
        peer = await up.join()
        await peer.say('42["hear","' + "x" * 69_000 + '"]')
        await peer.say("4" + "x" * 70_000)
        assert await peer.closed() == 1009
        assert len(up.handler.heard) == 1


async def test_fragments_count_together() -> None:
    async with house() as up:
        peer = await up.join()
        await peer.send(client_frame(TEXT, b"4" + b"x" * 40_000, final=False))
        await peer.send(client_frame(0, b"x" * 40_000))
        assert await peer.closed() == 1009


async def test_a_peer_that_does_not_read_is_cut_and_the_others_hear_on() -> None:
    async with house() as up:
        slow, quick = await up.join(), await up.join()
        heard = 0
        async with trio.open_nursery() as nursery:

            async def listen() -> None:
                nonlocal heard
                while True:
                    heard += len(await quick.message()) > 1_000

            nursery.start_soon(listen)
            for _ in range(20_000):
                for peer in up.handler.peers:
                    peer.emit("log", "x" * 2_000)
                await trio.lowlevel.checkpoint()
                assert up.server.statistics().waiting_bytes <= 3 * TERMS.outbox_bytes
                if up.server.statistics().slow_closes:
                    break
            await trio.sleep(0.3)
            assert up.server.statistics().sessions == 1
            before = heard
            up.handler.peers[1].emit("log", "x" * 2_000)
            await trio.sleep(0.1)
            assert heard == before + 1
            nursery.cancel_scope.cancel()
        assert await slow.is_reset()


async def test_a_drain_ends_everybody_in_time() -> None:
    async with house() as up:
        polite, _, half = await up.join(), await up.join(), await up.connect()
        await half.send(UPGRADE[:-2])
        up.server.drain()
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(up.listener.drain, began + 1)
            assert await polite.closed() == 1012
        assert trio.current_time() - began < 1.2
        with trio.fail_after(1):
            while up.listener.statistics().open:
                await trio.lowlevel.checkpoint()


async def test_nothing_that_a_peer_sends_harms_the_listener() -> None:
    chance = random.Random(5)
    parts = ["2probe", "5", "40", "41", "3", '42["hear",1]', '42["bug"]', "510000-[]", "x", "", "4" + "[" * 60_000]
    async with house() as up:
        for _ in range(60):
            peer = await up.connect()
            data = UPGRADE
            for _ in range(chance.randrange(6)):
                text = chance.choice(parts).encode()
                data += client_frame(chance.choice([1, 2, 0, 9, 10, 3]), text[:100] if chance.random() < 0.3 else text)
            if chance.random() < 0.3:
                data += chance.randbytes(50)
            if chance.random() < 0.2:
                data = data[: chance.randrange(len(data))]
            await peer.send(data)
            await trio.sleep(0.005)
            peer.hang_up()
            peer.hang_up()
        await up.emptied()
        assert await up.is_well()
