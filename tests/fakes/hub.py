"""A hub for clients, scripted frame by frame, over streams in memory. It speaks with plain `msgpack` maps."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgpack
import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream

from protocol.client import Client, open_client
from protocol.client.socket import Target

ALICE = {"kind": "user", "id": 1, "name": "alice"}
BOB = {"kind": "user", "id": 2, "name": "bob"}


def room(conv: int = 3, *, epoch: int = 7, seq: int = 0) -> dict[str, Any]:
    """A conversation as `welcome` lists it."""
    return {
        "id": conv,
        "kind": "closed",
        "name": "ops",
        "epoch": epoch,
        "seq": seq,
        "read": 0,
        "unread": 0,
        "mentions": 0,
    }


def message(seq: int, conv: int = 3, body: str = "hello") -> dict[str, Any]:
    """A `message` event."""
    return {
        "t": "message",
        "conv": conv,
        "seq": seq,
        "at": 1_700_000_000_000,
        "id": 100 + seq,
        "from": BOB,
        "body": body,
        "cid": f"c{seq}",
    }


class Peer:
    """The hub's end of one connection."""

    def __init__(self, connection: WebSocketConnection, stream: trio.abc.Stream) -> None:
        self._connection = connection
        self._stream = stream

    async def hears(self) -> dict[str, Any]:
        """The next frame; raises ConnectionClosed at the end."""
        payload = await self._connection.get_message()
        assert isinstance(payload, bytes)
        frame: dict[str, Any] = msgpack.unpackb(payload)
        return frame

    async def says(self, *frames: dict[str, Any]) -> None:
        """Send frames, one message each."""
        for frame in frames:
            await self._connection.send_message(msgpack.packb(frame))

    async def says_raw(self, payload: bytes | str) -> None:
        """Send whatever."""
        await self._connection.send_message(payload)

    async def welcomes(self, *conversations: dict[str, Any], session: str = "s", synced: bool = True) -> dict[str, Any]:
        """Hear hello, answer with welcome and synced; return the hello."""
        hello = await self.hears()
        assert hello["t"] == "hello"
        await self.says(
            {
                "t": "welcome",
                "ref": hello["ref"],
                "session": session,
                "self": {**ALICE, "role": "member"},
                "conversations": list(conversations),
                "limits": {"message_bytes": 65_536},
                "heartbeat_ms": 25_000,
                "at": 0,
            }
        )
        if synced:
            await self.says({"t": "synced"})
        return hello

    async def closes(self, code: int, reason: str = "") -> None:
        """End the connection politely."""
        await self._connection.aclose(code, reason)

    def goes_deaf(self) -> None:
        """From now on read nothing, so that no ping is answered."""
        self._connection._reader_running = False

    async def cuts(self) -> None:
        """End the connection as a pulled plug does."""
        await trio.aclose_forcefully(self._stream)

    async def lingers(self) -> list[dict[str, Any]]:
        """Hear all that comes until the client goes away."""
        frames = []
        try:
            while True:
                frames.append(await self.hears())
                if frames[-1]["t"] == "bye":
                    await self.closes(1000, "bye")
        except ConnectionClosed:
            return frames


class FakeHub:
    """Takes connections one after the other, when the script asks for them."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._arrived, self._arrivals = trio.open_memory_channel[trio.abc.Stream](0)
        self.dials: list[float] = []
        self.down = False

    async def dial(self, target: Target) -> trio.abc.Stream:
        """What `open_client` calls for a stream."""
        self.dials.append(trio.current_time())
        if self.down:
            raise OSError(111, "Connection refused")
        client_end, hub_end = trio.testing.memory_stream_pair()
        await self._arrived.send(hub_end)
        return client_end

    def client(self, **options: Any) -> AbstractAsyncContextManager[Client]:
        """A client of this hub. Its waits are the longest that jitter allows."""
        return open_client("ws://hub:80", dial=self.dial, **{"token": "secret", "random": lambda: 1.0, **options})

    async def stream(self) -> trio.abc.Stream:
        """The next connection, before any handshake."""
        return await self._arrivals.receive()

    async def peer(self) -> Peer:
        """The next connection, past the handshake."""
        stream = await self.stream()
        request = await wrap_server_stream(self._nursery, stream)
        assert request.proposed_subprotocols == ("hubbub.v1.msgpack",)
        return Peer(await request.accept(subprotocol="hubbub.v1.msgpack"), stream)


Script = Callable[[FakeHub], Awaitable[None]]


@asynccontextmanager
async def hub_playing(script: Script) -> AsyncIterator[FakeHub]:
    """Run `script` as the hub; at the end of the block it must have come to its own end."""
    # An hour of virtual time: whatever hangs fails at once.
    with trio.fail_after(3_600):
        async with trio.open_nursery() as libraries:
            hub = FakeHub(libraries)
            async with trio.open_nursery() as scripts:
                scripts.start_soon(script, hub)
                yield hub
            libraries.cancel_scope.cancel()


@asynccontextmanager
async def client_of(script: Script, **options: Any) -> AsyncIterator[Client]:
    """A client that is signed in at a hub playing `script`."""
    async with hub_playing(script) as hub, hub.client(**options) as client:
        yield client
