"""The `Outbound` port, scripted: each call gets the next answer, and is written down."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import trio

from actors.ports import OutboundError


@dataclass
class Answer:
    """What the server says, `after` so many seconds; an error in place of a chunk is raised there."""

    status: int = 200
    content_type: str | None = None
    body: list[bytes | OutboundError] = field(default_factory=list)
    after: float = 0.0

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        for piece in self.body:
            await trio.lowlevel.checkpoint()
            if isinstance(piece, OutboundError):
                raise piece
            yield piece


def text(body: str, content_type: str = "text/plain") -> Answer:
    return Answer(200, content_type, [body.encode()])


@dataclass
class Sent:
    """One call, when it began and under what name it went."""

    url: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class FakeOutbound:
    """Answers as told, then with `otherwise`. `most` is how many calls were under way at a time."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.script: deque[Answer | OutboundError] = deque()
        self.otherwise: Answer | OutboundError = Answer(204)
        self.most = 0
        self._under_way = 0

    def get(self, url: str, headers: Mapping[str, str]) -> AbstractAsyncContextManager[Answer]:
        return self.post(url, headers, b"")

    @asynccontextmanager
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AsyncIterator[Answer]:
        self.sent.append(Sent(url, dict(headers), body, trio.current_time()))
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            answer = self.script.popleft() if self.script else self.otherwise
            await trio.sleep(answer.after if isinstance(answer, Answer) else 0)
            if isinstance(answer, OutboundError):
                raise answer
            yield answer
        finally:
            self._under_way -= 1
