"""Certificates: what is refused at start, and HTTPS as peers see it."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trio
import trustme
from trio.testing import MockClock

from hub.config import Config, ConfigError
from hub.tls import server_context
from tests.hub.listening import GET_UP, Listening, Peer, listening


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def config(authority: trustme.CA, tmp_path: Path) -> Config:
    certificate = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(chain, append=True)
    certificate.private_key_pem.write_to_path(key)
    return Config(tls_certfile=str(chain), tls_keyfile=str(key))


def test_without_a_certificate_there_is_no_context() -> None:
    assert server_context(Config()) is None


def test_wrong_files_are_told_in_one_line(config: Config, tmp_path: Path, authority: trustme.CA) -> None:
    other, garbage = tmp_path / "other.pem", tmp_path / "garbage.pem"
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(other)
    garbage.write_text("no PEM")
    for key in (other, garbage, tmp_path / "missing.pem"):
        with pytest.raises(ConfigError, match=r"tls_keyfile = '.*': expected a PEM certificate") as caught:
            server_context(Config(tls_certfile=config.tls_certfile, tls_keyfile=str(key)))
        assert "\n" not in str(caught.value)


async def test_requests_are_served_over_tls(config: Config, authority: trustme.CA) -> None:
    async with listening(tls=server_context(config)) as up:
        peer = await _secure_peer(up, authority)
        assert await peer.ask(GET_UP) == 200
        assert await peer.ask(GET_UP) == 200


async def test_an_idle_tls_connection_is_closed_with_a_goodbye(
    config: Config, authority: trustme.CA, patient_clock: MockClock
) -> None:
    async with listening(tls=server_context(config)) as up:
        peer = await _secure_peer(up, authority)
        assert await peer.ask(GET_UP) == 200
        assert await peer.stream.receive_some(1) == b""


async def test_a_peer_that_does_not_shake_hands_is_cut(config: Config, patient_clock: MockClock) -> None:
    async with listening(tls=server_context(config)) as up:
        peer = await up.connect()
        began = trio.current_time()
        assert await peer.rest() == b""
        assert 4.9 < trio.current_time() - began < 5.1


async def test_plain_http_on_the_tls_port_ends_that_connection_only(config: Config, authority: trustme.CA) -> None:
    async with listening(tls=server_context(config)) as up:
        plain = await up.connect()
        await plain.send(GET_UP)
        await plain.rest()
        assert await (await _secure_peer(up, authority)).ask(GET_UP) == 200
        assert up.listener.statistics().failed == 0


async def test_an_answer_reaches_a_peer_that_listens_only_when_all_is_sent(
    config: Config, authority: trustme.CA, patient_clock: MockClock
) -> None:
    async with listening(tls=server_context(config)) as up:
        peer = await _secure_peer(up, authority)
        await peer.send(b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 16777216\r\n\r\n")
        for _ in range(256):
            await peer.send(bytes(65_536))
        assert (await peer.answer())[0] == 413
        assert await peer.rest() == b""


async def _secure_peer(up: Listening, authority: trustme.CA) -> Peer:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    raw = await up.connect()
    assert isinstance(raw.stream, trio.SocketStream)
    raw.stream = trio.SSLStream(raw.stream, context, server_hostname="127.0.0.1", https_compatible=True)
    await raw.stream.do_handshake()
    return raw
