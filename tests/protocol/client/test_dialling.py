"""Real sockets on the loopback: TCP and TLS, and who is trusted."""

import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
import trustme
from trio_websocket import wrap_server_stream

from protocol.client import BadUrl, ConnectFailed, open_client
from protocol.client.socket import Target
from tests.fakes.hub import Peer

AUTHORITY = trustme.CA()


async def serve(stream: trio.abc.Stream) -> None:
    async with trio.open_nursery() as nursery:
        request = await wrap_server_stream(nursery, stream)
        peer = Peer(await request.accept(subprotocol="hubbub.v1.msgpack"), stream)
        await peer.welcomes()
        await peer.lingers()


async def serve_tls(context: ssl.SSLContext, stream: trio.SocketStream) -> None:
    secure = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
    try:
        await secure.do_handshake()
    except trio.BrokenResourceError:
        return
    await serve(secure)


@asynccontextmanager
async def listening(*, tls: bool) -> AsyncIterator[int]:
    """Listen on a free port and play a hub that says welcome."""
    handler = serve
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
        handler = partial(serve_tls, context)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def test_plain_tcp() -> None:
    async with listening(tls=False) as port, open_client(f"ws://127.0.0.1:{port}", token="t") as client:
        assert client.me.name == "alice"


async def test_tls_with_a_trusted_certificate() -> None:
    trusting = ssl.create_default_context()
    AUTHORITY.configure_trust(trusting)
    async with listening(tls=True) as port, open_client(f"wss://127.0.0.1:{port}", token="t", tls=trusting) as client:
        assert client.me.name == "alice"


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async with listening(tls=True) as port:
        with pytest.raises(ConnectFailed, match="certificate verify failed"):
            async with open_client(f"wss://127.0.0.1:{port}", token="t"):
                pass


async def test_a_port_that_nobody_listens_on() -> None:
    async with listening(tls=False) as port:
        pass
    with pytest.raises(ConnectFailed, match="Connection refused"):
        async with open_client(f"ws://127.0.0.1:{port}", token="t"):
            pass


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("ws://hub", Target("hub", 80, False, "/ws"), "hub"),
        ("ws://hub:8081/ws", Target("hub", 8081, False, "/ws"), "hub:8081"),
        ("wss://hub/chat/ws?x=1", Target("hub", 443, True, "/chat/ws?x=1"), "hub"),
        ("wss://hub:80/", Target("hub", 80, True, "/ws"), "hub:80"),
        ("ws://[::1]:8081", Target("::1", 8081, False, "/ws"), "[::1]:8081"),
    ],
)
def test_a_url_names_a_target(url: str, target: Target, authority: str) -> None:
    assert Target.parse(url) == target
    assert target.authority == authority


@pytest.mark.parametrize("url", ["http://hub/", "hub:80", "ws://", "ws://hub:port/", "ws://hub:99999/", "ws://[x/", ""])
def test_what_is_no_websocket_url_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        Target.parse(url)


async def test_the_client_is_a_second_opinion_without_msgspec() -> None:
    probe = "import sys, protocol.client; sys.exit('msgspec' in sys.modules)"
    await trio.run_process([sys.executable, "-c", probe])
