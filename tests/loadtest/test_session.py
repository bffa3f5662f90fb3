"""A session over several connections, each a socket pair."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from loadtest.session import PAGE_REF, Own, Session
from loadtest.tally import Account, Tally
from loadtest.walker import CLOSE, mark
from loadtest.wire import SUBPROTOCOL, publish

SWITCHING = f"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-protocol: {SUBPROTOCOL}\r\n\r\n".encode()
CONV = 9


def frame(payload: bytes, opcode: int = 2) -> bytes:
    return bytes((0x80 | opcode, 126)) + len(payload).to_bytes(2, "big") + payload


def message(seq: int, stamp: int) -> dict[str, Any]:
    return {"t": "message", "conv": CONV, "seq": seq, "id": 100 + seq, "from": {"id": 1}, "body": mark(stamp)}


class Line:
    """A session, the hub's end of its connection, and what it asked to be done later."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.gone: list[bool] = []
        self.session = Session("secret", self.tally, lambda delay, do: self.later.append((delay, do)), self.is_gone)
        self.connect()

    def is_gone(self, session: Session, was_in: bool) -> None:
        self.gone.append(was_in)

    def connect(self) -> None:
        self.far, near = socket.socketpair()
        near.setblocking(False)
        self.session.open(near, b"GET /ws").writable()
        assert self.far.recv(100) == b"GET /ws"
        self.raw(SWITCHING)

    def raw(self, data: bytes) -> None:
        self.far.sendall(data)
        assert self.session.link is not None
        self.session.link.readable()

    def says(self, *frames: dict[str, Any]) -> None:
        self.raw(b"".join(frame(msgspec.msgpack.encode(each)) for each in frames))

    def heard(self) -> list[dict[str, Any]]:
        """What the session has sent: its mask is all zeroes."""
        self.far.setblocking(False)
        try:
            data = self.far.recv(65_536)
        except BlockingIOError:
            return []
        found, at = [], 0
        while at < len(data):
            size, head = data[at + 1] & 0x7F, 6
            if size == 126:
                size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 8
            found.append(msgspec.msgpack.decode(data[at + head : at + head + size]))
            at += head + size
        return found

    def welcome(self, seq: int = 0) -> None:
        self.says({"t": "welcome", "ref": 0, "conversations": [{"id": CONV, "epoch": 4, "seq": seq}]}, {"t": "synced"})

    def cut(self) -> None:
        self.far.close()
        assert self.session.link is not None
        self.session.link.readable()


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    if line.session.link is not None:
        line.session.link.lose("done")
    line.far.close()


def test_it_comes_back_with_its_cursors_and_repeats_what_was_not_answered(line: Line) -> None:
    assert line.heard()[0]["token"] == "secret"
    line.welcome()
    for ref in (1, 2):
        line.tally.sent(ref, ref, ref, Account())
        line.session.ask(ref, publish(CONV, ref, ref, "hello"), line.tally)
    line.says({"t": "ok", "ref": 1, "conv": CONV, "seq": 1, "id": 101}, message(1, 1))
    line.heard()
    line.cut()
    assert (line.gone, line.session.ready, line.session.lost) == ([True], False, None)
    line.connect()
    assert line.heard()[0]["cursors"] == [[CONV, 4, 1]]
    line.welcome(seq=1)
    assert [(each["t"], each["cid"]) for each in line.heard()] == [("publish", "b2")]
    assert line.session.own == {CONV: Own(101, 1)}
    assert line.session.connections == 2


def test_what_is_said_while_it_is_out_waits(line: Line) -> None:
    line.welcome()
    line.cut()
    line.session.ask(5, publish(CONV, 5, 5, "hello"), line.tally)
    line.connect()
    line.heard()
    line.welcome()
    assert [each["ref"] for each in line.heard()] == [5]


def test_a_replay_enters_what_is_new_only(line: Line) -> None:
    line.welcome()
    line.says(message(1, 1))
    line.says(message(1, 1), message(2, 2))
    place = line.session.places[CONV]
    assert (place.seq, place.account.count, place.repeats, line.tally.deliveries) == (2, 2, 1, 2)


def test_a_gap_is_paged_and_only_then_it_has_caught_up(line: Line) -> None:
    line.welcome()
    line.heard()
    line.says(message(1, 1), {"t": "gap", "conv": CONV, "from": 2, "to": 3}, message(4, 4))
    (asked,) = line.heard()
    assert (asked["t"], asked["after"], line.session.caught_up) == ("history", 101, False)
    page = [{"seq": seq, "id": 100 + seq, "body": mark(seq)} for seq in (2, 3)]
    line.says({"t": "ok", "ref": PAGE_REF + CONV, "messages": page, "more": True})
    assert line.session.caught_up
    assert line.session.places[CONV].account.sum() == (4, 10)


def test_what_is_refused_for_a_while_is_sent_again_and_not_told(line: Line) -> None:
    line.welcome()
    line.tally.sent(1, 1, 1, Account())
    line.session.ask(1, publish(CONV, 1, 1, "hello"), line.tally)
    line.heard()
    line.says({"t": "error", "ref": 1, "code": "busy", "message": "later", "retry_ms": 200})
    ((delay, again),) = line.later
    assert (delay, line.tally.unanswered, line.tally.errors) == (0.2, 1, {})
    again()
    assert [each["cid"] for each in line.heard()] == ["b1"]
    line.says({"t": "error", "ref": 1, "code": "forbidden", "message": "no"})
    assert line.tally.errors == {"forbidden": 1}


@pytest.mark.parametrize(("code", "final"), [(4410, True), (4403, True), (4429, False), (1012, False)])
def test_close_codes_say_whether_it_may_come_back(line: Line, code: int, final: bool) -> None:
    line.welcome()
    line.raw(frame(code.to_bytes(2, "big"), CLOSE))
    assert (line.session.lost is not None) is final
    assert line.session.left == {f"closed with {code}": 1}


def test_who_never_got_in_does_not_try_for_ever(line: Line) -> None:
    line.cut()
    assert line.session.lost is not None
    assert line.gone == [False]
