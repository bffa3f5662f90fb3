"""What can go wrong for a program that drives ChatPion's API, and whose fault it was.

ChatPionError        `message`, and the `status` of the answer, if there was one
├── BadRequest       400, and whatever else the hub finds wrong with a request: 405, 413
├── InvalidKey       401: the key is missing, unknown or revoked
├── Forbidden        403: the key lacks the scope
├── NotFound         404: there is no such object, or it is another account's
├── RateLimited      429: `retry_after_s` seconds until a call passes
├── ServerError      5xx: the hub failed; what was asked for may have been done
├── Unreachable      no answer came: the same holds
├── BadAnswer        an answer that is none of ChatPion's: a wrong `base_url`, or a proxy in between
└── BadSignature     a webhook that the hub did not send, or sent long ago
"""

from typing import Final


class ChatPionError(Exception):
    """Base of all that the clients raise. `status` is None where there was no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class BadRequest(ChatPionError):
    """The hub did nothing: the request makes no sense to it. `message` names the parameter."""


class InvalidKey(ChatPionError):
    """The hub did nothing: it does not know this key."""


class Forbidden(ChatPionError):
    """The hub did nothing: the key's scopes do not include this."""


class NotFound(ChatPionError):
    """The hub did nothing: the account has no such object."""


class RateLimited(ChatPionError):
    """The hub did nothing: the key has called too often. A call passes in `retry_after_s` seconds (None: not said)."""

    def __init__(self, message: str, retry_after_s: int | None) -> None:
        super().__init__(message, 429)
        self.retry_after_s = retry_after_s


class ServerError(ChatPionError):
    """The hub failed. What was asked for may have been done."""


class Unreachable(ChatPionError):
    """No answer came, or not in time. What was asked for may have been done."""


class BadAnswer(ChatPionError):
    """Who answered does not speak ChatPion's API."""


class BadSignature(ChatPionError):
    """The webhook's signature or its time does not hold: do not act on it."""


BY_STATUS: Final[dict[int, type[ChatPionError]]] = {401: InvalidKey, 403: Forbidden, 404: NotFound}


def refused(status: int, message: str, retry_after_s: int | None) -> ChatPionError:
    """The error that an answer of this status is; `status` is none of 2xx."""
    if status == 429:
        return RateLimited(message, retry_after_s)
    if status < 400:
        return BadAnswer(message, status)
    return BY_STATUS.get(status, BadRequest if status < 500 else ServerError)(message, status)
