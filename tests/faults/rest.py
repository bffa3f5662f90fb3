"""A program that calls the hub's JSON routes over one connection, and knows whether it was answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import trio

from loadtest.rest import read_answer

ANSWER_S = 15.0


class Unanswered(Exception):
    """The hub was away: whatever was asked for may have been done."""


class Said(NamedTuple):
    """An answer."""

    status: int
    json: Any


class JsonCaller:
    """One keep-alive connection to `HOST:PORT`, opened again when it broke, until the block ends. For one task."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._stream: trio.SocketStream | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.socket.close()

    async def ask(self, method: str, path: str, body: Any = None) -> Said:
        """Send a request. Raises `Unanswered`."""
        try:
            with trio.fail_after(ANSWER_S):
                return await self._ask(self._request(method, path, body))
        except (OSError, trio.BrokenResourceError, trio.TooSlowError) as error:
            await self._close()
            raise Unanswered from error

    async def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await trio.aclose_forcefully(stream)

    async def _ask(self, request: bytes) -> Said:
        if self._stream is None:
            host, port = self._address.split(":")
            self._stream = await trio.open_tcp_stream(host, int(port))
        await self._stream.send_all(request)
        data = b""
        while True:
            chunk = await self._stream.receive_some()
            if not chunk:
                raise trio.BrokenResourceError("the hub hung up")
            data += chunk
            answer, _ = read_answer(data)
            if answer is not None:
                return Said(answer.status, json.loads(answer.body))

    def _request(self, method: str, path: str, body: Any) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        kind = "" if body is None else "Content-Type: application/json\r\n"
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._address}\r\n{self._headers}{kind}"
        return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
