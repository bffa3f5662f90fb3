"""What can go wrong for a client, and whose fault it was.

ClientError
├── ConnectFailed        no session came about: address, network, TLS, handshake, or a hub that is away
├── Ended                the session is over and the client does not reconnect by itself: `code`, `reason`
│   ├── SignInRefused    wrong token, user or password
│   └── Closed           by the program itself: `open_client` was left
├── RequestRefused       the hub said no: `code`, `message`, `field`, `retry_ms`
├── RequestTooLarge      longer than the hub takes; it was not sent
├── Interrupted          the connection was lost before the answer came: done or not done, nobody knows
├── EventsOverflowed     the program did not take its events in time (only with `Overflow.FAIL`)
└── HubFault             the hub broke the protocol
    ├── HoleFound        events of a conversation are missing, and no `Gap` or `Reset` said so
    └── BadFrame         a frame that makes no sense
"""

import re

from protocol.codes import CloseCode, ErrorCode


class ClientError(Exception):
    """Base of all that the client raises."""


class BadUrl(ClientError, ValueError):
    """The address is no WebSocket URL."""

    def __init__(self, url: str) -> None:
        # A password in it is nobody's business, least of all a log's.
        shown = re.sub(r"//.*@", "//…@", url, flags=re.DOTALL)
        super().__init__(f"not a WebSocket URL: {shown!r}; expected ws://HOST:PORT/ws")


class ConnectFailed(ClientError):
    """No session came about. Raised by `open_client` only: later losses are mended by reconnecting."""


class Ended(ClientError):
    """The session is over for good. `code` is the WebSocket close code, `reason` what the hub said about it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the session has ended: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class SignInRefused(Ended):
    """The hub does not know this token, or this user and password."""

    def __init__(self, reason: str) -> None:
        super().__init__(CloseCode.NOT_AUTHENTICATED, reason)


class Closed(Ended):
    """The program itself has left `open_client`."""

    def __init__(self) -> None:
        super().__init__(CloseCode.BYE, "closed by this program")


class RequestRefused(ClientError):
    """The hub refused a request; nothing of it was done, except where `internal` leaves that open.

    `code` is an `ErrorCode` or, from a newer hub, a string that has no name here. `field` is the key to change.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, retry_ms: int | None = None) -> None:
        super().__init__(f"{code}: {message}" + (f" (field: {field})" if field is not None else ""))
        self.code = code
        self.message = message
        self.field = field
        self.retry_ms = retry_ms

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.retry_ms is not None or (self.code in set(ErrorCode) and ErrorCode(self.code).temporary)


class RequestTooLarge(ClientError):
    """The request has `size` bytes, the hub takes `limit`, and would close the connection over it."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"the request has {size} bytes, the hub takes {limit}")
        self.size = size
        self.limit = limit


class Interrupted(ClientError):
    """The connection was lost before the answer came. The request may have been done."""


class EventsOverflowed(ClientError):
    """More than `limit` events wait for the program."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} events wait to be taken")
        self.limit = limit


class HubFault(ClientError):
    """The hub broke the protocol."""


class HoleFound(HubFault):
    """Event `found` of conversation `conv` came where `expected` was due."""

    def __init__(self, conv: int, expected: int, found: int) -> None:
        super().__init__(f"conversation {conv}: event {expected} was due, {found} came")
        self.conv = conv
        self.expected = expected
        self.found = found


class BadFrame(HubFault):
    """A frame from the hub lacks a key, or a value is of the wrong type."""
