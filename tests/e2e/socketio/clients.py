"""Stock Socket.IO clients, unmodified, in processes of their own: `python-socketio`'s, and npm's `socket.io-client`."""

from __future__ import annotations

import base64
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.peers import NODE, NODE_DIRECTORY, PATIENCE_S

WAYS = {"polling": ["polling"], "upgrade": ["polling", "websocket"], "websocket": ["websocket"]}
"""How a client gets to the hub, and the `transports` that it is given for that."""


class Make(NamedTuple):
    """A make of clients, and how one is started."""

    name: str
    command: Sequence[str]


PYTHON = Make("python", [sys.executable, str(Path(__file__).with_name("stock.py"))])
JAVASCRIPT = Make("node", [NODE or "node", str(NODE_DIRECTORY / "socket.mjs")])


class Silence(Exception):
    """Nothing came, for far longer than anything takes."""


class Client:
    """One client. It reports what it sees, one thing after another."""

    def __init__(
        self, make: Make, url: str, way: str, auth: object = None, namespace: str = "/", **headers: str
    ) -> None:
        self.make = make
        self._reports: queue.Queue[dict[str, Any]] = queue.Queue()
        self._passed_over: list[dict[str, Any]] = []
        self._answers: queue.Queue[list[Any]] = queue.Queue()
        options = json.dumps({"transports": WAYS[way], "auth": auth, "extraHeaders": headers})
        self._process = subprocess.Popen(
            [*make.command, url, options, namespace], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def reported(self, kind: str) -> bool:
        """Whether it has reported something of this kind that nobody has looked at."""
        return any(kind in report for report in [*self._passed_over, *self._reports.queue])

    def report(self, kind: str, means: Callable[[Any], bool] = lambda report: True) -> Any:
        """The next report of this kind that is meant; others stay for later. Raises Silence.

        python-socketio's client handles every event in a thread of its own: what it reports is in no certain order.
        """
        deadline = time.monotonic() + PATIENCE_S
        looked_at = 0
        while True:
            for index in range(looked_at, len(self._passed_over)):
                report = self._passed_over[index]
                if kind in report and means(report[kind]):
                    return self._passed_over.pop(index)[kind]
            looked_at = len(self._passed_over)
            try:
                self._passed_over.append(self._reports.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                raise Silence(f"{self.make.name}: {kind}, but {self._passed_over}") from None

    def event(self, name: str, **fields: Any) -> Any:
        """The data of the next event of this name, which has these fields."""
        return self.report("event", lambda event: event[0] == name and fields.items() <= event[1].items())[1]

    def emit(self, name: str, data: Any) -> None:
        """Say something. Bytes are said as bytes."""
        self._order(emit=[name, data])

    def call(self, name: str, data: Any) -> Any:
        """Say something; return what it is acknowledged with, None for nothing."""
        self._order(call=[name, data])
        answer = self._answers.get(timeout=PATIENCE_S)
        return answer[0] if answer else None

    def freeze(self) -> None:
        """Do nothing any more, not even answer a ping."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._process.send_signal(signal.SIGCONT)

    def leave(self) -> None:
        """End without a word."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def _order(self, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order, default=_binary) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            report = json.loads(line)
            if "ack" in report:
                self._answers.put(report["ack"])
            else:
                self._reports.put(report)


def _binary(value: bytes) -> dict[str, str]:
    return {"$base64": base64.b64encode(value).decode()}
