"""The look at `/metrics`, through a socket pair."""

import socket
from collections.abc import Iterator

import pytest

from loadtest.connection import DONE
from loadtest.exposition import Metrics
from loadtest.scrape import EMPTY, Scrape


@pytest.fixture
def ends() -> Iterator[tuple[Scrape, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield Scrape(ours, "hub.example:1"), theirs


def answer(status: int, body: str) -> bytes:
    return f"HTTP/1.1 {status} \r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def test_the_metrics_are_there_once_the_answer_is_whole(ends: tuple[Scrape, socket.socket]) -> None:
    scrape, hub = ends
    scrape.writable()
    assert hub.recv(4096).startswith(b"GET /metrics HTTP/1.1\r\nHost: hub.example:1\r\n")
    whole = answer(200, "sessions 7\n")
    hub.sendall(whole[:-3])
    scrape.readable()
    assert seen(scrape) == (None, None)
    hub.sendall(whole[-3:])
    scrape.readable()
    assert seen(scrape) == ({("sessions", frozenset()): 7.0}, DONE)


def seen(scrape: Scrape) -> tuple[Metrics | None, str | None]:
    return scrape.metrics, scrape.lost


@pytest.mark.parametrize("says", [answer(404, "no 1\n"), b"HTTP/1.1 200 \r\n\r\nno length"])
def test_a_hub_without_metrics_is_no_lost_connection(ends: tuple[Scrape, socket.socket], says: bytes) -> None:
    scrape, hub = ends
    hub.sendall(says)
    scrape.readable()
    assert (scrape.metrics, scrape.lost) == (EMPTY, DONE)


def test_a_hub_that_hangs_up_is_no_lost_connection_either(ends: tuple[Scrape, socket.socket]) -> None:
    scrape, hub = ends
    hub.close()
    scrape.readable()
    assert (scrape.metrics, scrape.lost) == (EMPTY, DONE)
