"""The body of a request: read whole, or streamed without ever being in memory as a whole.

Quart's own has no brake: whoever sends faster than a handler reads fills the memory, and its limit is on what is
buffered, which a handler that reads along never meets. Here the limit is on what comes in all, and a peer whose body is
not taken has to wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from functools import partial
from math import inf
from typing import Final, Protocol, cast

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable
from quart.utils import encode_headers
from quart.wrappers import Request, Response
from quart.wrappers.response import DataBody
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioRequest
from quart_trio.wrappers.request import TrioBody
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout
from werkzeug.wrappers import Response as WerkzeugResponse

HIGH_WATER_BYTES: Final = 262_144
"""What is buffered before the peer has to wait."""
IDLE_S: Final = 20.0
"""How long a streamed body may stand still."""
STREAM_S: Final = 1_800.0
"""How long a streamed body may take in all."""
INBOX: Final = "hubbub.inbox"
"""The ASGI extension under which a request's inbox is found."""


class Body(TrioBody):
    """Awaited it is the whole body, iterated its pieces. Raises `RequestEntityTooLarge` either way.

    The limit is the app's until `stream` lifts it, for one request whose handler knows where the pieces go.
    Everything that Quart calls is here, and nothing of its own state is used: that is another in each version.
    """

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(None, max_content_length)
        self._limit = max_content_length
        self._declared = expected_content_length or 0
        self._received = 0
        self._buffer = bytearray()
        self._ended = trio.Event()
        self._arrived = trio.Event()
        self._taken = trio.Event()
        self._is_collected = False
        self._is_abandoned = False
        self._deadline = float("inf")
        self._idle_s = float("inf")

    def stream(self, limit: int) -> Body:
        """Take `limit` bytes instead, piece by piece, from a peer that keeps sending. Raises `RequestTimeout`, too."""
        self._limit = limit
        self._idle_s = IDLE_S
        self._deadline = trio.current_time() + STREAM_S
        return self

    def abandon(self) -> None:
        """Throw away the rest: the answer is there, and hypercorn hangs if nobody takes what it has in its queue."""
        self._is_abandoned = True
        self._buffer.clear()
        self._taken.set()

    async def wait_for_room(self) -> None:
        """Return once more may come: at once when somebody waits for the whole, which the limit bounds."""
        while len(self._buffer) >= HIGH_WATER_BYTES and not self._is_collected:
            self._taken = trio.Event()
            await self._taken.wait()

    def append(self, data: bytes) -> None:
        """Take what came. A whole that is over the limit is thrown away."""
        if self._is_abandoned:
            return
        self._received += len(data)
        if data and not (self._is_collected and self._is_too_large()):
            self._buffer.extend(data)
            self._arrived.set()
        elif data:
            self._buffer.clear()
            self.set_complete()

    def set_complete(self) -> None:
        """Nothing more comes."""
        self._ended.set()
        self._arrived.set()

    def set_result(self, data: bytes) -> None:
        """This is the whole body."""
        self.append(data)
        self.set_complete()

    def clear(self) -> None:
        """Forget what nobody has taken."""
        self._buffer.clear()

    async def __anext__(self) -> bytes:
        self._check()
        if not self._ended.is_set() and not self._buffer:
            await self._wait_for_more()
            self._check()
        if not self._buffer:
            raise StopAsyncIteration
        piece = bytes(self._buffer)
        self._buffer.clear()
        if not self._ended.is_set():
            self._arrived = trio.Event()
        self._taken.set()
        return piece

    def __await__(self) -> Generator[object, None, bytes]:
        self._check()
        self._is_collected = True
        self._taken.set()
        yield from self._ended.wait().__await__()
        self._check()
        return bytes(self._buffer)

    async def _wait_for_more(self) -> None:
        deadline = min(self._deadline, trio.current_time() + self._idle_s)
        with trio.CancelScope(deadline=deadline) as scope:
            await self._arrived.wait()
        if scope.cancelled_caught:
            raise RequestTimeout

    def _check(self) -> None:
        if self._is_too_large():
            raise RequestEntityTooLarge

    def _is_too_large(self) -> bool:
        return self._limit is not None and max(self._declared, self._received) > self._limit


class Inbox(Protocol):
    """Where a request's messages come in; `hub.http_inbox.Inbox` is it. Under another server there is none."""

    def hand_over(self, take: Callable[[ASGIReceiveEvent], None], wait: Callable[[], Awaitable[None]]) -> None:
        """Have `take` called with every message where it arrives; whoever brings it does `wait` before the next one."""


class HubRequest(TrioRequest):
    """A request with such a body."""

    body_class = Body
    body: Body


class Connection(TrioASGIHTTPConnection):
    """quart-trio's with the brake, without tasks of its own, and with one message for a body that is there whole."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer one request, in this task. The handler ends when the peer leaves."""
        request = self._create_request_from_scope(send)
        body = cast("Body", request.body)
        inbox = cast("Inbox | None", (self.scope.get("extensions") or {}).get(INBOX))
        if inbox is None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_take_in, receive, body, nursery.cancel_scope)
                await self._answer(request, send)
                nursery.cancel_scope.cancel()
            return
        with trio.CancelScope() as scope:
            inbox.hand_over(partial(_take, body, scope), body.wait_for_room)
            await self._answer(request, send)

    async def _answer(self, request: Request, send: ASGISendCallable) -> None:
        response = await self.app.handle_request(request)
        timeout_s = self.app.config["RESPONSE_TIMEOUT"]
        if isinstance(response, Response) and response.timeout != Ellipsis:
            timeout_s = response.timeout
        with trio.move_on_after(inf if timeout_s is None else timeout_s):
            await self._send_response(send, response)

    async def _send_response(self, send: ASGISendCallable, response: Response | WerkzeugResponse) -> None:
        body = response.response
        if not isinstance(body, DataBody):
            await super()._send_response(send, response)
            return
        headers = encode_headers(response.headers)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body.data[body.begin : body.end], "more_body": False})


async def _take_in(receive: ASGIReceiveCallable, body: Body, scope: trio.CancelScope) -> None:
    while not scope.cancel_called:
        _take(body, scope, await receive())
        await body.wait_for_room()


def _take(body: Body, scope: trio.CancelScope, message: ASGIReceiveEvent) -> None:
    """Take in what comes; the end of it ends what the scope holds."""
    if message["type"] != "http.request":
        scope.cancel()
        return
    body.append(message.get("body", b""))
    if not message.get("more_body", False):
        body.set_complete()
