import socket
from collections.abc import Iterator

import pytest

from loadtest.rest import COMMITTED, Answer, Poster, add_message, read_answer
from loadtest.tally import Account, Tally
from loadtest.walker import mark


def response(body: bytes = COMMITTED, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d \r\ncontent-length: %d\r\ndate: today\r\n\r\n%b" % (status, len(body), body)


class Line:
    """A poster, and the hub's end of its socket."""

    def __init__(self) -> None:
        self.far, near = socket.socketpair()
        near.setblocking(False)
        self.tally, self.said = Tally(), Account()
        self.poster = Poster(near, self.tally)

    def post(self, *refs: int) -> None:
        for ref in refs:
            self.poster.post(ref, b"request %d;" % ref)
            self.tally.sent(ref, ref, ref, self.said)

    def says(self, data: bytes) -> None:
        self.far.sendall(data)
        self.poster.readable()

    def heard(self) -> bytes:
        return self.far.recv(65_536)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.poster.lose("done")
    line.far.close()


def test_a_request_is_what_a_bot_sends() -> None:
    head, _, body = add_message("hub:80", "a+b/c", 7, "two words").partition(b"\r\n\r\n")
    assert head.startswith(b"POST /app/bot_api.php?route=api_messenger HTTP/1.1\r\nHost: hub:80\r\n")
    assert head.endswith(b"Content-Length: %d" % len(body))
    marked = mark(7).replace(":", "%3A")
    assert body.decode() == f"key_access=a%2Bb%2Fc&type_action=add_message&content_message={marked}+two+words"


def test_one_request_is_under_way_and_the_next_waits_for_its_answer(line: Line) -> None:
    line.post(1, 2)
    assert line.heard() == b"request 1;"
    line.says(response())
    assert line.heard() == b"request 2;"
    assert (line.tally.acks, line.tally.unanswered) == (1, 1)
    line.says(response())
    line.post(3)
    assert line.heard() == b"request 3;"
    assert line.tally.acks == 2


def test_an_answer_may_come_in_any_pieces(line: Line) -> None:
    line.post(1)
    whole = response()
    for at in range(len(whole)):
        assert line.tally.acks == 0
        line.says(whole[at : at + 1])
    assert line.tally.acks == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"return_info": "slow down"}', 200, 'HTTP 200 {"return_info": "slow down"}'),
        (b"", 404, "HTTP 404"),
        (COMMITTED, 500, 'HTTP 500 {"return_code": 0}'),
    ],
)
def test_all_but_committed_is_an_error(line: Line, body: bytes, status: int, code: str) -> None:
    line.post(1)
    line.says(response(body, status))
    assert line.tally.errors == {code: 1}
    assert line.said.count == 0


def test_an_answer_without_a_length_ends_the_connection(line: Line) -> None:
    line.post(1)
    line.says(b"HTTP/1.1 200 OK\r\n\r\n")
    assert line.poster.lost == "an answer without a length"
    line.post(2)
    assert line.tally.unanswered == 2


def test_what_follows_an_answer_is_kept() -> None:
    answer, rest = read_answer(response(b"body", 404) + b"HTTP/1.1 2")
    assert answer == Answer(404, b"body")
    assert rest == b"HTTP/1.1 2"
