"""Files over a real hub: from one member's disk to another's, and what an end in the middle leaves."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, PythonPeer
from tests.e2e.talker import Talker

MIB = 2**20
LIMIT = 25 * MIB
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1_000)
HTML = b"<!doctype html><script>document.title = 'owned'</script>"
FLAT_BYTES = 24 * MIB


@pytest.fixture
def http(hub: HubProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hub.ready.http, timeout=30, trust_env=False) as client:
        yield client


def bearer(hub: HubProcess, username: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {hub.token(username)}"}


def talker(hub: HubProcess, username: str) -> Talker:
    return Talker(PythonPeer(hub.ready.ws, JSON)).hello(token=hub.token(username))


def blocks(size: int, seed: int) -> Iterator[bytes]:
    """Bytes that nobody guesses, without ever holding them all."""
    source = random.Random(seed)
    while size > 0:
        yield source.randbytes(min(size, 65_536))
        size -= 65_536


def publish(hub: HubProcess, saved: dict[str, Any], cid: str) -> dict[str, Any]:
    """Say something that carries it, and return the message as the other member gets it."""
    alice, bob = talker(hub, "alice"), talker(hub, "bob")
    ops = hub.conversation("ops")
    ok = alice.ask("publish", conv=ops, cid=cid, body="look", attachments=[saved["id"]])
    assert ok["t"] == "ok", ok
    while (message := bob.hear()).get("id") != ok["id"]:
        pass
    for each in (alice, bob):
        each.peer.leave()
    return message


def test_what_one_member_uploads_the_other_downloads(hub: HubProcess, http: httpx.Client) -> None:
    with (hub.data.parent / "r i.png").open("w+b") as file:
        file.write(PNG)
        file.seek(0)
        answer = http.post("/attachments", headers=bearer(hub, "alice"), files={"file": file})
    assert answer.status_code == 201
    saved = answer.json()
    assert (saved["name"], saved["content_type"], saved["size"]) == ("r i.png", "image/png", len(PNG))
    message = publish(hub, saved, "png")
    assert message["attachments"] == [saved]
    expected = {"bob": 200, "carol": 404}
    assert {who: http.get(saved["url"], headers=bearer(hub, who)).status_code for who in expected} == expected
    assert http.get(saved["url"]).status_code == 401
    got = http.get(saved["url"], headers=bearer(hub, "bob"))
    assert got.content == PNG
    assert got.headers["Content-Disposition"] == 'inline; filename="r i.png"'
    path = f"/rooms/{message['conv']}/messages/{message['id']}"
    shown = http.get(path, headers=bearer(hub, "bob"))
    assert (shown.status_code, shown.json()["attachments"]) == (200, [saved])
    assert {who: http.get(path, headers=bearer(hub, who)).status_code for who in expected} == expected
    assert http.get(path).status_code == 401


def test_what_was_never_uploaded_is_refused_by_name(hub: HubProcess, http: httpx.Client) -> None:
    foreign = http.post("/attachments?name=x", headers=bearer(hub, "bob"), content=b"x").json()["id"]
    alice = talker(hub, "alice")
    for number in (foreign, 1, 2**53 - 1):
        error = alice.ask("publish", conv=hub.conversation("ops"), cid=f"n{number}", body="x", attachments=[number])
        assert (error["code"], error["field"]) == ("bad_request", "attachments")
    alice.peer.leave()


def test_heads_ranges_and_conditions_over_the_wire(hub: HubProcess, http: httpx.Client) -> None:
    alice = bearer(hub, "alice")
    content = b"".join(blocks(300_000, 1))
    url = http.post("/attachments?name=data.bin", headers=alice, content=content).json()["url"]
    head = http.head(url, headers=alice)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "300000", b"")
    part = http.get(url, headers={**alice, "Range": "bytes=299990-"})
    assert (part.status_code, part.content) == (206, content[299_990:])
    same = http.get(url, headers={**alice, "If-None-Match": head.headers["ETag"]})
    assert (same.status_code, same.content, "Content-Length" in same.headers) == (304, b"", False)
    beyond = http.get(url, headers={**alice, "Range": "bytes=300000-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */300000")
    # All of it over the one connection: every answer ended where it said it would.
    assert http.get(url, headers=alice).content == content


def test_markup_never_executes(hub: HubProcess, http: httpx.Client) -> None:
    alice = bearer(hub, "alice")
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    for name, content, kind in [("a.png", HTML, "text/html"), ("a.png", svg, "image/svg+xml")]:
        sent = {**alice, "Content-Type": "image/png"}
        saved = http.post(f"/attachments?name={name}", headers=sent, content=content).json()
        assert saved["content_type"] == kind
        link = http.post(f"/attachments/{saved['id']}/link", headers=alice).json()["url"]
        got = http.get(link)
        assert (got.status_code, got.content) == (200, content)
        assert got.headers["Content-Disposition"].startswith("attachment;")
        assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_a_link_outlives_a_restart(hub: HubProcess, http: httpx.Client) -> None:
    alice = bearer(hub, "alice")
    saved = http.post("/attachments?name=a.txt", headers=alice, content=b"hello").json()
    link = http.post(f"/attachments/{saved['id']}/link", headers=alice).json()["url"]
    assert hub.stop() == 0
    hub.start()
    with httpx.Client(base_url=hub.ready.http, timeout=30, trust_env=False) as again:
        assert again.get(link).content == b"hello"
        assert again.get(link[:-1]).status_code == 401


@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_who_sends_too_much_hears_it_even_if_they_listen_only_at_the_end(hub: HubProcess, framing: str) -> None:
    url = urlsplit(hub.ready.http)
    length = f"Content-Length: {LIMIT + 5 * MIB}" if framing == "declared" else "Transfer-Encoding: chunked"
    head = f"POST /attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {hub.token('alice')}\r\n{length}\r\n\r\n"
    block = bytes(MIB)
    with socket.create_connection((url.hostname, url.port), timeout=30) as peer:
        peer.sendall(head.encode())
        for _ in range(LIMIT // MIB + 5):
            peer.sendall(block if framing == "declared" else b"100000\r\n" + block + b"\r\n")
        answer = b""
        while data := peer.recv(65_536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert list((hub.data / "files" / "incoming").iterdir()) == []


def test_the_largest_file_passes_through_without_being_in_memory(hub: HubProcess, http: httpx.Client) -> None:
    alice = bearer(hub, "alice")
    warm = http.post("/attachments", headers=alice, content=b"".join(blocks(MIB, 3))).json()
    http.get(warm["url"], headers=alice)
    process = psutil.Process(hub.ready.pid)
    before, peak = process.memory_info().rss, 0
    digest = hashlib.sha256()

    def sent() -> Iterator[bytes]:
        nonlocal peak
        for block in blocks(LIMIT, 4):
            digest.update(block)
            peak = max(peak, process.memory_info().rss)
            yield block

    saved = http.post("/attachments", headers={**alice, "Content-Length": str(LIMIT)}, content=sent()).json()
    assert saved["size"] == LIMIT
    received = hashlib.sha256()
    with http.stream("GET", saved["url"], headers=alice) as answer:
        for block in answer.iter_bytes():
            received.update(block)
            peak = max(peak, process.memory_info().rss)
    assert received.digest() == digest.digest()
    assert peak - before < FLAT_BYTES


def test_a_reader_that_is_slow_holds_up_nobody_and_fills_no_memory(hub: HubProcess, http: httpx.Client) -> None:
    alice = bearer(hub, "alice")
    saved = http.post("/attachments", headers=alice, content=b"".join(blocks(LIMIT, 5))).json()
    process = psutil.Process(hub.ready.pid)
    before = process.memory_info().rss
    url = urlsplit(hub.ready.http)
    request = f"GET {saved['url']} HTTP/1.1\r\nHost: x\r\nAuthorization: {alice['Authorization']}\r\n\r\n".encode()
    slow = [socket.create_connection((url.hostname, url.port)) for _ in range(8)]
    for peer in slow:
        peer.sendall(request)
        assert peer.recv(12) == b"HTTP/1.1 200"
    assert http.get("/up").status_code == 200
    assert process.memory_info().rss - before < FLAT_BYTES
    for peer in slow:
        peer.close()
    assert http.get(saved["url"], headers=alice).status_code == 200


def test_a_kill_in_the_middle_leaves_nothing_half_done(tmp_path: Path) -> None:
    with HubProcess(tmp_path) as hub:
        for life in range(2):
            kept = _upload_until_killed(hub, life)
            assert (hub.data / "files" / "incoming").exists()
            hub.start()
            alice = bearer(hub, "alice")
            assert list((hub.data / "files" / "incoming").iterdir()) == []
            with httpx.Client(base_url=hub.ready.http, timeout=30, trust_env=False) as http:
                for url, digest in kept:
                    assert hashlib.sha256(http.get(url, headers=alice).content).hexdigest() == digest
            assert kept
        for path in (hub.data / "files").glob("[0-9a-f][0-9a-f]/*"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name
        assert hub.stop() == 0


def _upload_until_killed(hub: HubProcess, life: int) -> list[tuple[str, str]]:
    """Four uploads at a time, the hub killed in the midst of them; what was acknowledged, and its digests."""
    kept: list[tuple[str, str]] = []
    enough = threading.Event()

    def upload(worker: int) -> None:
        for turn in range(1_000):
            content = random.Random(f"{life}.{worker}.{turn}").randbytes(700_000 + worker)
            try:
                answer = httpx.post(
                    f"{hub.ready.http}/attachments", headers=bearer(hub, "alice"), content=content, trust_env=False
                )
            except httpx.TransportError:
                return
            assert answer.status_code == 201
            kept.append((answer.json()["url"], hashlib.sha256(content).hexdigest()))
            if len(kept) >= 8:
                enough.set()

    workers = [threading.Thread(target=upload, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    assert enough.wait(30)
    hub.kill()
    for worker in workers:
        worker.join()
    return kept


def test_the_disk_holds_what_is_private_for_its_owner_only(hub: HubProcess, http: httpx.Client) -> None:
    http.post("/attachments", headers=bearer(hub, "alice"), content=b"private")
    for folder, folders, files in os.walk(hub.data / "files"):
        for name in folders + files:
            assert (Path(folder) / name).stat().st_mode & 0o077 == 0
