"""An endpoint for events of accounts: a server in a thread, which checks each call with the specification's package."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from standardwebhooks import Webhook


class Event(NamedTuple):
    """One call that was signed as it should be, and taken."""

    id: str
    name: str
    about: int
    data: dict[str, Any]


class EventEndpoint:
    """Entered, it listens. `events` is what came, in order; `bad` what was not signed. `status` is what it answers."""

    def __init__(self) -> None:
        self.secret = ""
        self.status = 204
        self.events: list[Event] = []
        self.bad: list[str] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.take({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(endpoint.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/events"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Check it, and write it down."""
        try:
            told = Webhook(self.secret).verify(body.decode(), headers)
        except Exception as error:
            self.bad.append(repr(error))
            return
        if self.status < 300:
            self.events.append(Event(headers["webhook-id"], told["event"], told["data"]["id"], told["data"]))

    def wait(self, is_enough: Callable[[list[Event]], bool], *, seconds: float = 20.0) -> list[Event]:
        """Return the events once there are enough of them."""
        until = time.monotonic() + seconds
        while not is_enough(self.events):
            assert time.monotonic() < until, self.events
            time.sleep(0.02)
        return list(self.events)

    def of(self, letter: int) -> list[str]:
        """What was told of a message, in order."""
        return [event.name for event in self.events if event.name.startswith("message.") and event.about == letter]
