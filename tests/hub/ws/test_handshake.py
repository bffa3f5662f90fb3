"""Who may open a WebSocket."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_network

import pytest

from hub.ws.handshake import Refusal, choose_codec, client_address, response
from protocol.codec import JSON, MSGPACK

KEY = (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ==")
ORIGINS = frozenset({"http://hub.example"})


def refused(path: str, headers: list[tuple[bytes, bytes]], offered: list[str]) -> HTTPStatus:
    with pytest.raises(Refusal) as caught:
        choose_codec(path, headers, offered, ORIGINS)
    return caught.value.status


def test_the_client_s_order_counts_and_unknown_ones_are_passed_over() -> None:
    assert choose_codec("/ws", [KEY], ["chat", JSON.subprotocol, MSGPACK.subprotocol], ORIGINS) is JSON
    assert choose_codec("/ws", [KEY], [MSGPACK.subprotocol, JSON.subprotocol], ORIGINS) is MSGPACK


def test_names_of_subprotocols_are_case_sensitive() -> None:
    assert refused("/ws", [KEY], [JSON.subprotocol.upper()]) == 400


@pytest.mark.parametrize("path", ["/", "/ws/", "/WS", "/wss", "http://hub/ws", "*", ""])
def test_only_one_path_is_known(path: str) -> None:
    assert refused(path, [KEY], [JSON.subprotocol]) == 404


@pytest.mark.parametrize("key", [b"", b"short", b"dGhlIHNhbXBsZSBub25jZQ", b"!" * 24, b"AAAA"])
def test_a_key_that_is_not_16_bytes_in_base64_is_refused(key: bytes) -> None:
    assert refused("/ws", [(b"sec-websocket-key", key)], [JSON.subprotocol]) == 400


def test_two_keys_are_refused() -> None:
    assert refused("/ws", [KEY, KEY], [JSON.subprotocol]) == 400


def test_an_origin_counts_in_any_case_of_letters() -> None:
    origin = (b"origin", b"HTTP://Hub.example")
    assert choose_codec("/ws", [KEY, origin], [JSON.subprotocol], ORIGINS) is JSON


@pytest.mark.parametrize("origin", [b"http://hub.example.evil", b"http://hub.example:81", b"null", b"", b"\xff"])
def test_a_foreign_origin_is_forbidden(origin: bytes) -> None:
    assert refused("/ws", [KEY, (b"origin", origin)], [JSON.subprotocol]) == 403


def test_a_good_origin_does_not_cover_a_foreign_one_beside_it() -> None:
    headers = [KEY, (b"origin", b"http://hub.example"), (b"origin", b"http://evil.example")]
    assert refused("/ws", headers, [JSON.subprotocol]) == 403


PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", b"198.51.100.9", "192.0.2.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", b"198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", b"203.0.113.7, 198.51.100.9", "198.51.100.9"),
        ("::1", b"198.51.100.9,10.0.0.2", "198.51.100.9"),
        ("10.0.0.1", b"10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", b"somebody", "10.0.0.1"),
        ("10.0.0.1", b"\xff", "10.0.0.1"),
        ("10.0.0.1", b"", "10.0.0.1"),
    ],
    ids=["not ours", "silent", "one", "forged before", "two of ours", "only ours", "no address", "no text", "empty"],
)
def test_only_our_proxies_speak_for_others(peer: str, forwarded: bytes | None, address: str) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded)]
    assert client_address(headers, peer, PROXIES) == address


def test_a_refusal_is_a_whole_response_that_ends_the_connection() -> None:
    data = response(Refusal(HTTPStatus.FORBIDDEN, "no"))
    assert data.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"Connection: close\r\n" in data
    assert b"Content-Length: 3\r\n" in data
    assert data.endswith(b"\r\n\r\nno\n")
