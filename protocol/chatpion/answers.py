"""An answer, and what it says: the envelope's `data`, or a typed error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from protocol.chatpion.errors import BadAnswer, refused


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `retry_after` is the header's text, None without one."""

    status: int
    body: bytes
    retry_after: str | None = None


def read(answer: Answer) -> Any:
    """Return the `data` of a success. Raises ChatPionError for all else."""
    envelope = _envelope(answer.body)
    if not 200 <= answer.status < 300:
        raise refused(answer.status, _message(envelope, answer.status), _seconds(answer.retry_after))
    if envelope is None or envelope.get("status") != "success" or "data" not in envelope:
        raise BadAnswer("the answer is not in ChatPion's envelope", answer.status)
    return envelope["data"]


def _envelope(body: bytes) -> Mapping[str, Any] | None:
    try:
        envelope = json.loads(body)
    except ValueError:  # no JSON, or no UTF-8
        return None
    return envelope if isinstance(envelope, dict) else None


def _message(envelope: Mapping[str, Any] | None, status: int) -> str:
    """What the hub says about it; a proxy's page is not for an error message."""
    message = envelope.get("message") if envelope else None
    if isinstance(message, str) and message:
        return message
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else f"status {status}"


def _seconds(retry_after: str | None) -> int | None:
    """The header's seconds; a date, its other form, is not ChatPion's."""
    return int(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
