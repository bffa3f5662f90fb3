"""Where webhooks go, with a client in place of the hub."""

import socket

import pytest

from loadtest.sink import NOT_YET, Call, Sink, differences, open_sink, read_call
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.walker import mark


def request(stamp: int, call: str = "msg_1", path: str = "/bot-0") -> bytes:
    body = f'{{"message": "{mark(stamp)}", "html": "{mark(stamp)}"}}'.encode()
    head = f"POST {path} HTTP/1.1\r\nhost: here\r\nwebhook-id: {call}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_a_request_is_a_call_once_it_is_whole() -> None:
    whole = request(7)
    for end in range(len(whole)):
        assert read_call(whole[:end]) is NOT_YET
    assert read_call(whole) == Call("/bot-0", "msg_1", 7)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", request(7).replace(b"webhook-id", b"x"), b"\r\n\r\n"])
def test_anything_else_is_no_call(data: bytes) -> None:
    assert read_call(data) is None


def test_a_call_counts_once_however_often_it_comes() -> None:
    sink = Sink(Tally(), replies=False)
    for call in ("msg_1", "msg_1", "msg_2"):
        sink.take(Call("/bot-0", call, 7), 10)
    sink.take(None, 10)
    assert (sink.calls, sink.repeated, sink.strange, len(sink.latency)) == (2, 1, 1, 2)


def test_a_message_that_called_twice_under_two_ids_is_a_difference() -> None:
    sink, said = Sink(Tally(), replies=False), Account()
    said.add([7, 8])
    sink.take(Call("/bot-0", "a", 7), 10)
    assert differences({"/bot-0": said}, sink.called) == {"paths": 1, "missing": 1}
    sink.take(Call("/bot-0", "b", 7), 10)
    assert differences({"/bot-0": said}, sink.called)["paths"] == 1
    assert differences({"/bot-0": Account()}, {}) == {}


@pytest.mark.parametrize(("replies", "status", "body"), [(False, b"204", b""), (True, b"200", b"noted")])
def test_callers_are_answered(replies: bool, status: bytes, body: bytes) -> None:
    tally = Tally()
    with Swarm("ws://127.0.0.1:9/", tally) as swarm:
        sink = Sink(tally, replies=replies)
        host, _, port = open_sink(swarm, sink).removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(request(7))
            while not sink.calls:
                swarm.pump(0.1)
            answer = caller.recv(4_096)
        swarm.pump(0.1)
        assert swarm.lost() == []
    assert answer.split(b" ")[1] == status
    assert answer.endswith(b"\r\n\r\n" + body)
