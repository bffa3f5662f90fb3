"""A server that is to be called: it answers each request with what it was told to, byte by byte if need be."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import trio

Behaviour = Callable[[trio.abc.Stream], Awaitable[None]]


@dataclass
class Request:
    """What somebody asked for."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A listener on loopback. `requests` is what came, `connections` counts also those on which nothing came."""

    port: int = 0
    scheme: str = "http"
    behaviour: Behaviour | None = None
    connections: int = 0
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, stream: trio.abc.Stream) -> None:
        self.connections += 1
        request = await read_request(stream)
        if request is None:
            return
        self.requests.append(request)
        if self.behaviour is not None:
            await self.behaviour(stream)


@asynccontextmanager
async def serving(
    behaviour: Behaviour | None = None,
    *,
    host: str = "127.0.0.1",
    also: Sequence[str] = (),
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Server]:
    """A server that is there for the block, on `also` with the same port."""
    server = Server(scheme="http" if tls is None else "https", behaviour=behaviour)
    async with trio.open_nursery() as nursery:
        for each in (host, *also):
            serve = partial(trio.serve_tcp, partial(contained, server, tls), server.port, host=each)
            listeners = await nursery.start(serve)
            server.port = listeners[0].socket.getsockname()[1]
        yield server
        nursery.cancel_scope.cancel()


async def contained(server: Server, tls: ssl.SSLContext | None, stream: trio.SocketStream) -> None:
    """Serve one connection, whatever its peer does."""
    try:
        async with stream:
            if tls is None:
                await server.serve(stream)
            else:
                await server.serve(trio.SSLStream(stream, tls, server_side=True, https_compatible=True))
    except trio.BrokenResourceError:
        return


async def read_request(stream: trio.abc.Stream) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = await stream.receive_some(65_536)
        if not more:
            return None
        data += more
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in fields)}
    while len(body) < int(headers.get("content-length", 0)):
        body += await stream.receive_some(65_536)
    return Request(line, headers, body)


def head(status: int, content_type: str | None = "text/plain", **more: object) -> bytes:
    """The head of an answer; underscores in names stand for dashes."""
    fields = {"Content-Type": content_type} if content_type is not None else {}
    fields |= {name.replace("_", "-"): str(value) for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Such\r\n{lines}\r\n".encode()


def says(status: int, body: bytes = b"", content_type: str | None = "text/plain", **more: object) -> Behaviour:
    """Answer at once, with the length."""

    async def behave(stream: trio.abc.Stream) -> None:
        await stream.send_all(head(status, content_type, content_length=len(body), **more) + body)

    return behave


def writes(*parts: bytes) -> Behaviour:
    """Write this, and close."""

    async def behave(stream: trio.abc.Stream) -> None:
        for part in parts:
            await stream.send_all(part)

    return behave


def drips(parts: list[bytes], pause_s: float) -> Behaviour:
    """Write one part after the other, with a pause before each."""

    async def behave(stream: trio.abc.Stream) -> None:
        for part in parts:
            await trio.sleep(pause_s)
            await stream.send_all(part)

    return behave


async def silence(stream: trio.abc.Stream) -> None:
    """Never answer."""
    await trio.sleep_forever()
