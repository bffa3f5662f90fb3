"""What may come when: each state met with each kind of message."""

from collections.abc import Callable

import msgpack
import pytest

from protocol.codec import JSON, MSGPACK
from protocol.codes import CloseCode
from protocol.connection import ServerConnection, State
from protocol.errors import Close, Refused
from protocol.frames import Bye, Hello, ListConversations, Typing

HELLO = msgpack.packb({"t": "hello", "ref": 1, "device": "d", "token": "t"})
HALF_HELLO = msgpack.packb({"t": "hello", "ref": 1, "device": "d"})
BYE = msgpack.packb({"t": "bye"})
TYPING = msgpack.packb({"t": "typing", "conv": 3, "on": True})
BAD_TYPING = msgpack.packb({"t": "typing", "conv": 3, "on": "yes"})
UNKNOWN = msgpack.packb({"t": "teleport", "ref": 2})
NAMELESS = msgpack.packb({"ref": 2})
NO_MAP = msgpack.packb([1, 2])


def greeting() -> ServerConnection:
    return ServerConnection(MSGPACK)


def serving() -> ServerConnection:
    connection = greeting()
    assert isinstance(connection.receive(HELLO), Hello)
    return connection


def left() -> ServerConnection:
    connection = serving()
    assert isinstance(connection.receive(BYE), Bye)
    return connection


MALFORMED, WRONG_KIND, DONE = CloseCode.MALFORMED, CloseCode.WRONG_FRAME_KIND, CloseCode.BYE

TABLE: list[tuple[Callable[[], ServerConnection], bytes | str, object, State]] = [
    (greeting, HELLO, Hello, State.OPEN),
    (greeting, HALF_HELLO, "bad_request", State.GREETING),
    (greeting, UNKNOWN, "unknown_type", State.GREETING),
    (greeting, NAMELESS, "bad_request", State.GREETING),
    (greeting, TYPING, MALFORMED, State.ENDED),
    (greeting, BAD_TYPING, MALFORMED, State.ENDED),
    (greeting, BYE, MALFORMED, State.ENDED),
    (greeting, NO_MAP, MALFORMED, State.ENDED),
    (greeting, "{}", WRONG_KIND, State.ENDED),
    (serving, TYPING, Typing, State.OPEN),
    (serving, BAD_TYPING, "bad_request", State.OPEN),
    (serving, UNKNOWN, "unknown_type", State.OPEN),
    (serving, NAMELESS, "bad_request", State.OPEN),
    (serving, BYE, Bye, State.ENDED),
    (serving, HELLO, MALFORMED, State.ENDED),
    (serving, HALF_HELLO, MALFORMED, State.ENDED),
    (serving, NO_MAP, MALFORMED, State.ENDED),
    (serving, "{}", WRONG_KIND, State.ENDED),
    (left, TYPING, DONE, State.ENDED),
    (left, HELLO, DONE, State.ENDED),
    (left, NO_MAP, DONE, State.ENDED),
    (left, "{}", DONE, State.ENDED),
]


def outcome(connection: ServerConnection, payload: bytes | str) -> object:
    """The type of the request, the code of the error, or the close code."""
    try:
        return type(connection.receive(payload))
    except Refused as refused:
        return refused.error.code
    except Close as close:
        return close.code


@pytest.mark.parametrize(("start", "payload", "expected", "state"), TABLE)
def test_each_message_in_each_state(
    start: Callable[[], ServerConnection], payload: bytes | str, expected: object, state: State
) -> None:
    connection = start()
    assert outcome(connection, payload) == expected
    assert connection.state is state


def test_what_ended_stays_ended_for_the_same_reason() -> None:
    connection = greeting()
    assert outcome(connection, TYPING) is CloseCode.MALFORMED
    for payload in (HELLO, BYE, "text", NO_MAP):
        with pytest.raises(Close, match="4400 the first frame must be hello"):
            connection.receive(payload)


def test_a_corrected_hello_is_welcome() -> None:
    connection = greeting()
    assert outcome(connection, HALF_HELLO) == "bad_request"
    assert outcome(connection, HELLO) is Hello


def test_json_is_spoken_the_same_way() -> None:
    connection = ServerConnection(JSON)
    assert outcome(connection, '{"t":"hello","ref":1,"device":"d","token":"t"}') is Hello
    assert outcome(connection, '{"t":"conversations","ref":2}') is ListConversations
    assert outcome(connection, b"{}") is CloseCode.WRONG_FRAME_KIND
