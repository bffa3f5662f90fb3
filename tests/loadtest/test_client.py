import socket
from collections.abc import Iterator

import msgspec
import pytest

from loadtest.client import Client
from loadtest.tally import Account, Tally
from loadtest.walker import CLOSE, PING, PONG, Walker, mark
from loadtest.wire import SUBPROTOCOL, client_frame, hello, upgrade

SWITCHING = f"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-protocol: {SUBPROTOCOL}\r\n\r\n".encode()


def server_frame(payload: bytes, opcode: int = 2) -> bytes:
    return bytes((0x80 | opcode, len(payload))) + payload


def encoded(**keys: object) -> bytes:
    return server_frame(msgspec.msgpack.encode(keys))


class Line:
    """A client and the server's end of its socket."""

    def __init__(self) -> None:
        self.far, near = socket.socketpair()
        near.setblocking(False)
        self.tally = Tally()
        self.client = Client(near, upgrade("hub", 80, "/ws"), hello("secret"), self.tally)
        self.client.writable()

    def says(self, data: bytes) -> None:
        self.far.sendall(data)
        self.client.readable()

    def heard(self) -> bytes:
        return self.far.recv(65_536)

    def open(self) -> None:
        self.heard()
        self.says(SWITCHING)
        self.heard()
        self.says(encoded(t="welcome", ref=0) + encoded(t="synced"))


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.client.lose("done")
    line.far.close()


def test_it_upgrades_then_says_hello_then_is_ready(line: Line) -> None:
    assert line.heard().startswith(b"GET /ws HTTP/1.1\r\nHost: hub:80\r\n")
    line.says(SWITCHING[:30])
    line.says(SWITCHING[30:])
    assert line.heard() == hello("secret")
    assert not line.client.ready
    line.says(encoded(t="welcome", ref=0) + encoded(t="synced"))
    assert line.client.ready


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused: HTTP/1.1 403 Forbidden"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "refused: HTTP/1.1 101 Switching Protocols"),
    ],
)
def test_a_refused_upgrade_is_told(line: Line, answer: bytes, reason: str) -> None:
    line.says(answer)
    assert line.client.lost == reason


def test_a_refused_hello_is_told(line: Line) -> None:
    line.says(SWITCHING)
    line.says(encoded(t="error", ref=0, code="rate_limited", message="wait"))
    assert line.client.lost == "hello: rate_limited wait"


def test_messages_and_answers_are_counted_apart(line: Line) -> None:
    line.open()
    said = Account()
    line.tally.sent(5, 1_000, 1_000, said)
    line.tally.sent(6, 2_000, 2_000, said)
    line.says(
        encoded(t="message", body=mark(1_000))
        + encoded(t="ok", ref=5)
        + encoded(t="presence", online=True)
        + encoded(t="message", body=mark(2_000))
        + encoded(t="error", ref=6, code="busy", message="later")
    )
    assert (line.client.account.count, line.client.account.checksum) == (2, 3_000)
    assert (line.tally.deliveries, line.tally.acks, line.tally.errors) == (2, 1, {"busy": 1})


def test_a_ping_is_answered_with_its_own_payload(line: Line) -> None:
    line.open()
    line.says(server_frame(b"abc", PING))
    assert line.heard() == client_frame(b"abc", PONG)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [((4429).to_bytes(2, "big") + b"too slow", "closed with 4429 too slow"), (b"", "closed with 0")],
)
def test_a_close_is_told_with_its_code(line: Line, payload: bytes, reason: str) -> None:
    line.open()
    line.says(server_frame(payload, CLOSE))
    assert line.client.lost == reason
    line.client.send(b"nothing comes of this")


def test_the_end_of_the_stream_is_told(line: Line) -> None:
    line.open()
    line.far.shutdown(socket.SHUT_RDWR)
    line.client.readable()
    assert line.client.lost == "closed by the hub"


def test_what_the_socket_does_not_take_is_sent_later_and_in_order(line: Line) -> None:
    line.open()
    waits: list[bool] = []
    line.client.on_rearm(waits.append)
    sent = [client_frame(bytes([number]) * 50_000) for number in range(40)]
    for frame in sent:
        line.client.send(frame)
    assert waits == [True]
    arrived = b""
    while len(arrived) < sum(map(len, sent)):
        arrived += line.heard()
        line.client.writable()
    assert arrived == b"".join(sent)
    assert waits[-1] is False


def test_a_frame_split_over_reads_is_one_frame(line: Line) -> None:
    line.open()
    whole = encoded(t="message", body=mark(7))
    line.says(whole[:9])
    assert line.client.account.count == 0
    line.says(whole[9:])
    assert line.client.account.count == 1


def test_client_frames_read_back_as_what_was_said() -> None:
    # With the mask bit taken off and the empty key kept, a walker reads key and payload.
    for size in (0, 125, 126, 65_535, 65_536):
        frame = bytearray(client_frame(b"x" * size))
        assert frame[1] & 0x80
        frame[1] &= 0x7F
        head = len(frame) - size - 4
        data, frames = Walker().feed(bytes(frame[:head]) + b"x" * size)
        assert [data[each.start : each.end] for each in frames] == [b"x" * size]
