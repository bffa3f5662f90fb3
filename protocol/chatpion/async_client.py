"""The client for programs on trio or asyncio. It mirrors `protocol.chatpion.client`."""

from collections.abc import AsyncIterator, Awaitable
from itertools import count
from typing import Any, Self

import anyio
import httpx

from protocol.chatpion.answers import Answer, read
from protocol.chatpion.endpoints import Endpoints, Object
from protocol.chatpion.errors import ChatPionError, Unreachable
from protocol.chatpion.pages import read_page
from protocol.chatpion.requests import Request
from protocol.chatpion.settings import Settings


class AsyncClient(Endpoints[Awaitable[Object], Awaitable[list[Object]], AsyncIterator[Object]]):
    """`Client` for trio and asyncio; all that is said there holds. Several tasks may share it.

    A call that is cancelled closes its connection; what it asked for may have been done.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        timeout_s: float = 30.0,
        retries: int = 2,
        rate_wait_s: float = 0.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = Settings(
            api_key=api_key, base_url=base_url, timeout_s=timeout_s, retries=retries, rate_wait_s=rate_wait_s
        )
        self._http = httpx.AsyncClient(timeout=timeout_s, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(self, request: Request) -> Any:
        """Make a call that has no method here; return its `data`. Raises ChatPionError."""
        attempts = self._settings.attempts(request)
        while True:
            try:
                return read(await self._send(request))
            except ChatPionError as error:
                wait_s = attempts.after(error)
            await anyio.sleep(wait_s)

    async def _send(self, request: Request) -> Answer:
        url, headers = self._settings.url(request), self._settings.headers(request)
        try:
            response = await self._http.request(
                request.method, url, params=request.query, headers=headers, content=request.body
            )
        except httpx.RequestError as error:
            raise Unreachable(f"{request.method} {request.path}: {error!r}") from error
        return Answer(response.status_code, response.content, response.headers.get("retry-after"))

    async def _object(self, request: Request) -> Object:
        data: Object = await self.call(request)
        return data

    async def _list(self, request: Request) -> list[Object]:
        data: list[Object] = await self.call(request)
        return data

    async def _items(self, request: Request, key: str) -> AsyncIterator[Object]:
        for number in count(1):
            page = read_page(await self.call(request.page(number)), key)
            for item in page.items:
                yield item
            if not page.more:
                return
