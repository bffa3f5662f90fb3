"""What an attempt came to, and what follows from it for the call. Pure: no clock, socket or chance."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from actors.ports import NotAllowed, OutboundError, TlsFailed, TookTooLong, TooLarge, Unreachable
from actors.values import Call, Verdict
from protocol.frames import Attachment

GONE: Final = 410


class Trouble(Enum):
    """Why there was no answer; the value is what it is called in records and metrics."""

    TIMEOUT = "timeout"
    TLS = "tls"
    CONNECTION = "connection"
    TOO_LARGE = "too_large"
    ERROR = "error"


class Reply(Struct, frozen=True):
    """What the bot says in the conversation."""

    body: str
    html: str | None = None
    attachment: Attachment | None = None


class Answered(Struct, frozen=True):
    """The server answered."""

    status: int
    reply: Reply | None = None


class Failed(Struct, frozen=True):
    """The server did not."""

    trouble: Trouble


Attempted = Answered | Failed

# Source: the Cordless document, "Webhook Error Handling".
TEXTS: Final = {
    Trouble.TIMEOUT: "Failed to respond (timeout)",
    Trouble.TLS: "Failed to respond (SSL error)",
    Trouble.CONNECTION: "Failed to respond (connection error)",
    Trouble.TOO_LARGE: "Response too large",
    Trouble.ERROR: "Failed to respond (error)",
}


def trouble(error: OutboundError) -> Trouble:
    """What kind of failure it is."""
    match error:
        case TookTooLong():
            return Trouble.TIMEOUT
        case TlsFailed():
            return Trouble.TLS
        case Unreachable():
            return Trouble.CONNECTION
        case TooLarge():
            return Trouble.TOO_LARGE
        case NotAllowed() | _:
            return Trouble.ERROR


def label(attempted: Attempted) -> str:
    """What it is counted as: `ok`, `status`, or the trouble."""
    if isinstance(attempted, Failed):
        return attempted.trouble.value
    return "ok" if succeeded(attempted) else "status"


def succeeded(attempted: Attempted) -> bool:
    """Whether the server took the call."""
    return isinstance(attempted, Answered) and 200 <= attempted.status < 300


def outcome(attempted: Attempted) -> str:
    """What is recorded of it."""
    return attempted.trouble.value if isinstance(attempted, Failed) else str(attempted.status)


def to_say(attempted: Attempted) -> Reply | None:
    """What people see of a Cordless call: the answer, or what kept it from coming; HTTP errors are silent."""
    if isinstance(attempted, Answered):
        return attempted.reply
    return Reply(TEXTS[attempted.trouble])


def once(attempted: Attempted) -> Verdict:
    """The end of a call that is attempted once."""
    return Verdict("done" if succeeded(attempted) else "dead", outcome(attempted))


def again(call: Call, attempted: Attempted, retry_s: Sequence[float], now_ms: int, jitter: float) -> Verdict:
    """The end of a call that is repeated, or when it is tried next. `jitter` is from 0 to 1, 0.5 waits as long as said.

    What was answered with 410 is not wanted any more.
    """
    if succeeded(attempted):
        return Verdict("done", outcome(attempted))
    unwanted = isinstance(attempted, Answered) and attempted.status == GONE
    if unwanted or call.attempts >= len(retry_s):
        return Verdict("dead", outcome(attempted))
    wait_s = retry_s[call.attempts] * (0.8 + 0.4 * jitter)
    return Verdict("pending", outcome(attempted), now_ms + int(wait_s * 1_000))
