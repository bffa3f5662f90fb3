"""A hub with a company, its customers, and a server beside it that takes webhooks and has pictures."""

from __future__ import annotations

import json
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests

from http_edge.dialects import botlive
from http_edge.dialects.botlive.routes import Endpoint
from http_edge.origins import Origins
from hub.meters import BotliveCounts
from tests.e2e.hub_process import HubProcess


def _png(side: int) -> bytes:
    """A black square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" * (side + 1)) * side))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")


PHOTO: Final = _png(64)
KEY: Final = "a key of the front end"
PAID: Final = "Transfert de {} FCFA vers 0700000000 réussi. Ref: {}"
PROVISION: Final = {
    "users": [{"username": "awa"}],
    "companies": [
        {
            "company_id": "awa",
            "name": "Chez Awa",
            "staff": ["awa"],
            "catalogue": [{"name": "lingettes", "price": 5000, "photos": ["lingettes.png"]}],
        }
    ],
}


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    json: Any
    headers: Any

    @property
    def data(self) -> Any:
        assert self.status == 200, self
        return self.json

    @property
    def places(self) -> list[tuple[str, ...]]:
        """Where the faults of what was sent are."""
        assert self.status == 422, self
        assert all(set(each) == {"loc", "msg", "type"} for each in self.json["detail"])
        return [tuple(each["loc"]) for each in self.json["detail"]]


class Market:
    """The hub, as a front end sees it."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.url = hub.ready.http
        self._session = requests.Session()
        self._numbers = count(1)

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Reply:
        """Send a request to a path under `/botlive`."""
        answer = self._session.request(method, f"{self.url}/botlive{path}", headers=headers, **options)
        is_json = answer.headers.get("Content-Type") == "application/json"
        return Reply(
            answer.status_code, answer.content, answer.json() if is_json and answer.content else None, answer.headers
        )

    def get(self, path: str, **query: Any) -> Reply:
        """Ask for something."""
        return self.send("GET", path, params=query)

    def post(self, path: str, body: Any = None, **query: Any) -> Reply:
        """Send JSON."""
        return self.send("POST", path, json=body, params=query)

    def says(self, user: str, message: str, company: str = "awa", **more: Any) -> Any:
        """A customer writes."""
        return self.post("/message", {"company_id": company, "user_id": user, "message": message, **more}).data

    def customer(self) -> str:
        """The `user_id` of somebody who has not written yet."""
        return f"+225-{next(self._numbers)}"

    def company(self) -> str:
        """The id of a company that nobody knows."""
        return f"company {next(self._numbers)}"

    def completed(self, user: str, company: str = "awa") -> Any:
        """Have everything of an order known."""
        self.says(user, "lingettes", company)
        self.says(user, PAID.format(2020, f"REF{abs(hash(user))}"), company)
        return self.says(user, "Yopougon, 0709876543", company)


def events(body: bytes) -> list[tuple[str | None, Any]]:
    """The ids and the objects of a stream: one `data:` line and a blank line each, an id before it, nothing else."""
    assert body.endswith(b"\n\n")
    found: list[tuple[str | None, Any]] = []
    for block in body.decode().removesuffix("\n\n").split("\n\n"):
        *ids, data = block.split("\n")
        assert len(ids) <= 1
        assert data.startswith("data: ")
        found.append((ids[0].removeprefix("id: ") if ids else None, json.loads(data.removeprefix("data: "))))
    return found


class Taken(NamedTuple):
    """What was posted to the server beside the hub."""

    headers: Mapping[str, str]
    body: bytes


class Beside:
    """A server that answers `status` and `answer` to all, and keeps what it is sent."""

    def __init__(self) -> None:
        self.status = 200
        self.answer = b"OK"
        self.taken: list[Taken] = []
        self.url = ""

    def handler(self) -> type[BaseHTTPRequestHandler]:
        beside = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                beside.taken.append(Taken(headers, body))
                self.do_GET()

            def do_GET(self) -> None:
                self.send_response(beside.status)
                self.send_header("Content-Length", str(len(beside.answer)))
                self.send_header("Location", beside.url + "elsewhere")
                self.end_headers()
                self.wfile.write(beside.answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def beside_the_hub() -> Iterator[Beside]:
    """Have such a server."""
    beside = Beside()
    server = ThreadingHTTPServer(("127.0.0.1", 0), beside.handler())
    beside.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield beside
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hub_in(directory: Path, env: Mapping[str, str]) -> HubProcess:
    """A hub with this company."""
    (directory / "lingettes.png").write_bytes(PHOTO)
    return HubProcess(directory, provision=PROVISION, env=env)


def table() -> list[Endpoint]:
    """Every route."""
    parts: dict[str, Any] = dict.fromkeys(field.name for field in fields(botlive.Parts))
    whole = {"meters": BotliveCounts(), "origins": Origins(), "rate": 1, "stats_rate": 1}
    return botlive.assemble(botlive.Parts(**parts | whole)).endpoints
