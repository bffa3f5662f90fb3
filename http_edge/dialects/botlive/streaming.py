"""An answer as a stream of events, which can be taken up again behind any of them. Pure.

Every event has an id, `{request_id}-{n}`: 0 is `start`, then come the tokens, then `done`. They follow from the answer,
so that they are the same whenever they are made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from actors.order.values import Answer
from http_edge import sse

_ID: Final = re.compile(r"([A-Za-z0-9_.-]{1,100})-([0-9]{1,6})", re.ASCII)
_TOKEN: Final = re.compile(r"\s*\S+\s*")


class Place(NamedTuple):
    """An event of a stream."""

    request_id: str
    number: int


def place_of(text: str) -> Place | None:
    """The event that has this id; None for what is none."""
    found = _ID.fullmatch(text)
    return None if found is None else Place(found[1], int(found[2]))


def tokens(response: str) -> list[str]:
    """The words, each with the spaces after it; together they are the response, without space at its end."""
    return _TOKEN.findall(response.rstrip())


def start(request_id: str) -> bytes:
    """The event that says that the message is here."""
    return sse.frame({"event": "start", "request_id": request_id}, f"{request_id}-0")


def rest(answer: Answer, duration_ms: int, after: int = 0) -> list[bytes]:
    """The events behind number `after`; none when that was `done`."""
    words = tokens(answer.response)
    events: list[dict[str, Any]] = [{"event": "token", "content": word} for word in words]
    events.append(done(answer, duration_ms))
    return [sse.frame(event, f"{answer.id}-{number}") for number, event in enumerate(events, 1) if number > after]


def done(answer: Answer, duration_ms: int) -> dict[str, Any]:
    """The last event."""
    return {
        "event": "done",
        "order_status": answer.order_status,
        "next_step": answer.next_step,
        "response": answer.response.rstrip(),
        "duration_ms": duration_ms,
        "request_id": answer.id,
    }


def error(detail: str) -> bytes:
    """The event of a stream that ends without an answer. It has no id: what comes again begins where this did."""
    return sse.frame({"event": "error", "detail": detail})


def joined(frames: Sequence[bytes]) -> bytes:
    """What is there leaves in one piece: a send for each word costs more than the answer did."""
    return b"".join(frames)
