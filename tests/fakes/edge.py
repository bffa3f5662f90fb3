"""Clients of the HTTP edge without sockets: each request says from which address and over which scheme it comes.

client = HttpClient(app, address="192.0.2.1", scheme="https")
answer = await client.post("/app/bot_api.php?route=x", form={"a": "b"})
assert (answer.status, answer.body) == (200, b"...")
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from quart_trio import QuartTrio
from quart_trio.testing import TrioClient
from werkzeug.datastructures import Headers

FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """What came back, whole."""

    status: int
    body: bytes
    headers: Headers


class HttpClient:
    """One program at one address."""

    def __init__(self, app: QuartTrio, address: str = "192.0.2.1", scheme: str = "https") -> None:
        self._client = TrioClient(app, use_cookies=False)
        self._address = address
        self._scheme = scheme

    async def request(
        self, method: str, path: str, body: bytes | str = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request and return its answer."""
        response = await self._client.open(
            path,
            method=method,
            data=body,
            headers=Headers(headers or {}),
            scheme=self._scheme,
            scope_base={"client": (self._address, 40_000)},
        )
        return Answer(response.status_code, await response.get_data(as_text=False), response.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        """Send a GET; `Header_Name="value"`."""
        return await self.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    async def post(self, path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        """Send a form."""
        return await self.request("POST", path, urlencode(form), {"Content-Type": FORM, **(headers or {})})
