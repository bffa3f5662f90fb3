"""Clients that others wrote: the `websockets` package, in both subprotocols, plain and under TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import trio
import trustme
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from protocol.codes import CloseCode
from tests.fakes.front import piece
from tests.hub.ws.peers import JSON, MSGPACK, ORIGIN, Peer, Running, request, running


class Certificates:
    """A certificate for localhost, and who trusts it."""

    def __init__(self) -> None:
        authority = trustme.CA()
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.client = ssl.create_default_context()
        authority.issue_cert("localhost").configure_cert(self.server)
        authority.configure_trust(self.client)


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return Certificates()


@pytest.fixture(params=["plain", "tls"])
def tls(request: pytest.FixtureRequest, certificates: Certificates) -> Certificates | None:
    return certificates if request.param == "tls" else None


def open_client(up: Running, tls: Certificates | None, protocol: str, origin: str | None = ORIGIN) -> ClientConnection:
    """Connect; blocks, so call it in a thread."""
    url = f"ws{'s' if tls else ''}://localhost:{up.port}/ws"
    context = tls.client if tls else None
    offers = [Subprotocol(protocol)]
    return connect(url, ssl=context, subprotocols=offers, origin=origin, compression="deflate")  # type: ignore[arg-type]


async def with_client(
    up: Running, tls: Certificates | None, protocol: str, dialogue: Callable[[ClientConnection], None]
) -> None:
    """Run a dialogue with a client in a thread."""

    def run() -> None:
        with open_client(up, tls, protocol) as client:
            assert client.subprotocol == protocol
            assert client.protocol.extensions == []
            dialogue(client)

    await trio.to_thread.run_sync(run)


@pytest.mark.parametrize(("protocol", "text"), [(MSGPACK, b"hello"), (JSON, "grüß dich")])
async def test_whole_and_fragmented_messages_and_pings(
    tls: Certificates | None, protocol: str, text: bytes | str
) -> None:
    def dialogue(client: ClientConnection) -> None:
        client.send(text)
        assert client.recv() == text
        client.send([text[:3], text[3:], text[:0]])
        assert client.recv() == text
        assert client.ping().wait(5)
        client.send(text * 5_000)
        assert client.recv() == text * 5_000

    async with running(tls=tls.server if tls else None) as up:
        await with_client(up, tls, protocol, dialogue)
        await up.front.doors[0].over.wait()


async def test_the_close_of_either_side_arrives(tls: Certificates | None) -> None:
    def dialogue(client: ClientConnection) -> None:
        client.send(b"bye")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (CloseCode.BYE, "bye")

    async with running(tls=tls.server if tls else None) as up:
        await with_client(up, tls, MSGPACK, dialogue)
        await with_client(up, tls, MSGPACK, lambda client: client.close(1001))
        await up.settled(0)
        assert up.listener.statistics().connections.aborted == 0


async def test_too_big_a_message_is_told_so(tls: Certificates | None) -> None:
    def dialogue(client: ClientConnection) -> None:
        client.send(bytes(200_000))
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.TOO_BIG

    async with running(tls=tls.server if tls else None) as up:
        await with_client(up, tls, MSGPACK, dialogue)


async def test_a_refusal_is_readable(tls: Certificates | None) -> None:
    async with running(tls=tls.server if tls else None) as up:
        for protocol, origin, status in ((MSGPACK, "http://evil.example", 403), ("chat", None, 400)):
            with pytest.raises(InvalidStatus) as refused:
                await trio.to_thread.run_sync(open_client, up, tls, protocol, origin)
            assert refused.value.response.status_code == status
            assert refused.value.response.body


async def test_a_pile_of_pushes_arrives_whole_and_in_order(tls: Certificates | None) -> None:
    total = 400

    def dialogue(client: ClientConnection) -> None:
        client.send(b"go")
        for number in range(total):
            assert client.recv() == b"%d " % number + bytes(5_000)
        assert client.recv() == b"go"

    async with running(tls=tls.server if tls else None) as up:

        async def pile(door: object, payload: bytes | str) -> None:
            outbox = up.front.doors[0].outbox
            for number in range(total):
                while not outbox.push(piece(b"%d " % number + bytes(5_000))):
                    await trio.lowlevel.checkpoint()
            outbox.answer(piece(payload))

        up.front.handler = pile
        await with_client(up, tls, MSGPACK, dialogue)


# ------------------------------------------------------------------------------------------ TLS only


async def tls_peer(up: Running, certificates: Certificates) -> Peer:
    """A raw peer under TLS."""
    tcp = await trio.open_tcp_stream("127.0.0.1", up.port)
    stream = trio.SSLStream(tcp, certificates.client, server_hostname="localhost", https_compatible=True)
    peer = Peer(stream)
    up.peers.append(peer)
    return peer


async def test_a_peer_that_speaks_no_tls_is_closed(certificates: Certificates) -> None:
    async with running(tls=certificates.server) as up:
        peer = await up.connect()
        await peer.send(request())
        await peer.is_reset()
        peer.hang_up()
        await up.settled(0)
        assert up.listener.statistics().connections.failed == 0


async def test_a_tls_handshake_has_five_seconds(certificates: Certificates, patient_clock: object) -> None:
    async with running(tls=certificates.server) as up:
        peer = await up.connect()
        await peer.is_reset()
        assert trio.current_time() == pytest.approx(5, abs=0.2)


async def test_under_tls_a_peer_that_never_reads_is_cut_within_ten_seconds(
    certificates: Certificates, patient_clock: object
) -> None:
    async with running(tls=certificates.server) as up:
        peer = await tls_peer(up, certificates)
        await peer.upgrade()
        while not up.front.doors:
            await trio.lowlevel.checkpoint()
        (door,) = up.front.doors
        began = trio.current_time()
        for _ in range(20):  # until the kernel takes no more from the writer
            while door.outbox.push(piece(bytes(60_000))):
                pass
            await trio.sleep(0.01)
        await door.over.wait()
        assert trio.current_time() - began <= 10.5
        assert up.listener.statistics().slow_closes == 1


async def test_under_tls_a_violation_with_much_behind_it_still_gets_its_close(certificates: Certificates) -> None:
    async with running(tls=certificates.server) as up:
        peer = await tls_peer(up, certificates)
        await peer.upgrade()
        await peer.send(b"\x82\x01x" + bytes(200_000))
        assert await peer.closed() == CloseCode.PROTOCOL_ERROR


async def test_a_refusal_under_tls_ends_with_close_notify(certificates: Certificates) -> None:
    async with running(tls=certificates.server) as up:
        peer = await tls_peer(up, certificates)
        status, _ = await peer.ask(request(path="/"))
        assert status == 404
        await peer.stream.aclose()
        await up.settled(0)
