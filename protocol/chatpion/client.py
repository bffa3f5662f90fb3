"""The client for programs without an event loop."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Self

import httpx

from protocol.chatpion.answers import Answer, read
from protocol.chatpion.endpoints import Endpoints, Object
from protocol.chatpion.errors import ChatPionError, Unreachable
from protocol.chatpion.pages import read_page
from protocol.chatpion.requests import Request
from protocol.chatpion.settings import Settings


class Client(Endpoints[Object, list[Object], Iterator[Object]]):
    """A client of ChatPion's API at the hub under `base_url`. Several threads may share it.

    `timeout_s` bounds the wait for a connection, and each silence of the hub. A GET that fails is tried `retries` times
    more, after half a second, a second and so on at most; nothing else is. After 429 a call raises RateLimited, or
    waits for as long as the hub says if that is `rate_wait_s` seconds or less, in all. `sleep` is how it waits,
    `transport` httpx's way to the network.
    Raises ValueError for a key or an address that cannot be one.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        timeout_s: float = 30.0,
        retries: int = 2,
        rate_wait_s: float = 0.0,
        sleep: Callable[[float], object] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = Settings(
            api_key=api_key, base_url=base_url, timeout_s=timeout_s, retries=retries, rate_wait_s=rate_wait_s
        )
        self._sleep = sleep
        self._http = httpx.Client(timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, request: Request) -> Any:
        """Make a call that has no method here; return its `data`. Raises ChatPionError."""
        attempts = self._settings.attempts(request)
        while True:
            try:
                return read(self._send(request))
            except ChatPionError as error:
                wait_s = attempts.after(error)
            self._sleep(wait_s)

    def _send(self, request: Request) -> Answer:
        url, headers = self._settings.url(request), self._settings.headers(request)
        try:
            response = self._http.request(
                request.method, url, params=request.query, headers=headers, content=request.body
            )
        except httpx.RequestError as error:
            raise Unreachable(f"{request.method} {request.path}: {error!r}") from error
        return Answer(response.status_code, response.content, response.headers.get("retry-after"))

    def _object(self, request: Request) -> Object:
        data: Object = self.call(request)
        return data

    def _list(self, request: Request) -> list[Object]:
        data: list[Object] = self.call(request)
        return data

    def _items(self, request: Request, key: str) -> Iterator[Object]:
        for number in count(1):
            page = read_page(self.call(request.page(number)), key)
            yield from page.items
            if not page.more:
                return
