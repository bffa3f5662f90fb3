"""A test of an endpoint: one event, posted as events are.

Who is refused, who does not resolve and who does not answer are told in the same words: they would say otherwise what
there is behind the hub. The time that it takes is not hidden.
"""

from __future__ import annotations

import secrets
from contextlib import aclosing
from typing import Final

import msgspec
from msgspec import Struct

from actors.ports import Clock, Outbound, OutboundAnswer, OutboundError
from actors.times import whole_seconds
from actors.values import Call
from actors.webhook import letters

UNREACHABLE: Final = "unreachable"
SHOWN_CHARS: Final = 1_000
READ_BYTES: Final = 4 * SHOWN_CHARS


class Probed(Struct, frozen=True, kw_only=True):
    """What came of it."""

    success: bool
    status_code: int | None
    response: str


NOBODY: Final = Probed(success=False, status_code=None, response=UNREACHABLE)


class Probe:
    """Posts to endpoints by `outbound`, which is to be guarded, bounded to 7 s, and to follow no redirect."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock

    async def post(self, url: str, secret: str | None) -> Probed:
        """Post the event, signed if there is a secret. Raises nothing that another server causes."""
        now = self._clock.now_ms()
        body = msgspec.json.encode({"event": "test", "timestamp": whole_seconds(now), "data": {}})
        call = Call(id=f"test_{secrets.token_hex(12)}", conv=0, message=0, attempts=0, created_at=now)
        headers = letters.headers(call, body, secret, now)
        try:
            async with self._outbound.post(url, headers, body) as answer:
                text = await _beginning(answer)
                return Probed(success=200 <= answer.status < 300, status_code=answer.status, response=text)
        except OutboundError:
            return NOBODY


async def _beginning(answer: OutboundAnswer) -> str:
    """As much of the body as is shown. One that breaks off after that is as good as any."""
    body = b""
    async with aclosing(answer.chunks()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) >= READ_BYTES:
                break
    return body[:READ_BYTES].decode(errors="replace")[:SHOWN_CHARS]
