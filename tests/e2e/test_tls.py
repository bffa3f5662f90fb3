"""A hub with a certificate: both listeners speak TLS and nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, MSGPACK, PythonPeer
from tests.e2e.talker import Talker


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[HubProcess]:
    directory = tmp_path_factory.mktemp("hub")
    pem = _write(authority.issue_cert("127.0.0.1"), directory / "hub.pem")
    env = {"HUBBUB_TLS_CERTFILE": str(pem), "HUBBUB_TLS_KEYFILE": str(pem)}
    with HubProcess(directory, env=env) as hub:
        yield hub
        assert hub.stop() == 0
    assert "Traceback" not in hub.log_text(), hub.log_text()


def test_people_chat_over_wss(hub: HubProcess, trusting: ssl.SSLContext) -> None:
    assert hub.ready.ws.startswith("wss://")
    alice = Talker(PythonPeer(hub.ready.ws, MSGPACK, tls=trusting)).hello(token=hub.token("alice"))
    bob = Talker(PythonPeer(hub.ready.ws, JSON, tls=trusting)).hello(token=hub.token("bob"))
    for number in range(50):
        body = f"{number} " + "x" * 5_000
        assert alice.ask("publish", conv=hub.conversation("ops"), cid=f"tls-{number}", body=body)["t"] == "ok"
        assert bob.hear()["body"] == body
    for talker in (alice, bob):
        talker.peer.leave()


def test_operations_answer_over_https(hub: HubProcess, trusting: ssl.SSLContext) -> None:
    assert hub.ready.http.startswith("https://")
    assert httpx.get(f"{hub.ready.http}/up", verify=trusting).json() == {"status": "ok"}


def test_plain_peers_are_turned_away(hub: HubProcess, trusting: ssl.SSLContext) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{hub.ready.http}/up".replace("https", "http"))
    with pytest.raises(Exception, match=r"(?i)reset|closed|did not receive|invalid"):
        PythonPeer(hub.ready.ws.replace("wss", "ws"), JSON)
    assert httpx.get(f"{hub.ready.http}/up", verify=trusting).status_code == 200


def _write(certificate: trustme.LeafCert, path: Path) -> Path:
    certificate.private_key_and_cert_chain_pem.write_to_path(path)
    return path
