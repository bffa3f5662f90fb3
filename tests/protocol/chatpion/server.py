"""A server that says what it is told to, and remembers what it was asked. It runs in threads of its own."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    """A request that came. `query` is in order of its keys: what order a client has is its own affair."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


class Said(NamedTuple):
    """An answer to be given."""

    status: int
    body: bytes
    headers: dict[str, str]


class ApiServer:
    """Answers in the order of `says`; who asks for more than that gets a status that no client takes for an answer."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._says: deque[Said] = deque()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def says(self, data: object) -> None:
        """Answer a request with this `data`."""
        self.says_plainly(200, json.dumps({"status": "success", "data": data}))

    def refuses(self, status: int, message: str, **headers: str) -> None:
        """Answer a request with an error of the document's form."""
        self.says_plainly(status, json.dumps({"status": "error", "message": message, "code": status}), **headers)

    def says_plainly(self, status: int, body: str, **headers: str) -> None:
        """Answer a request with just this; `_` in a header's name is `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._says.append(Said(status, body.encode(), named))

    def starts_afresh(self) -> None:
        """Forget all that was asked and is to be said."""
        self.asked.clear()
        self._says.clear()

    def next(self, asked: Asked) -> Said:
        """Remember a request; what it is answered with."""
        self.asked.append(asked)
        return self._says.popleft() if self._says else Said(418, b"nothing was to be asked", {})


def asked(asks: str) -> tuple[str, str, list[tuple[str, str]]]:
    """The first three of an `Asked`, from `METHOD TARGET`."""
    method, target = asks.split()
    parts = urlsplit(target)
    return method, parts.path, sorted(parse_qsl(parts.query))


def _handler(server: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = server.next(
                Asked(*asked(f"{self.command} {self.path}"), headers, json.loads(body) if body else None)
            )
            self.send_response(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(said.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 — http.server looks for them

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
