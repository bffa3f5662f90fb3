"""A real `hubbub serve` in a process of its own, known only by what operators know of it."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

HUBBUB = str(Path(sys.executable).with_name("hubbub"))
READY = re.compile(r"hubbub ready http=(?P<http>\S+) ws=(?P<ws>\S+) pid=(?P<pid>\d+)\n")
START_S = 30.0
STOP_S = 15.0

DEMO: Mapping[str, Any] = {
    "users": [
        {"username": "alice", "password": "correct horse", "role": "admin"},
        {"username": "bob"},
        {"username": "carol"},
    ],
    "bots": [{"name": "ci", "owner": "alice"}],
    "conversations": [{"name": "ops", "kind": "closed", "members": ["alice", "bob"], "bots": ["ci"]}],
}


class HubFailed(Exception):
    """The hub did not do what it was started for; the message holds the end of its log."""


class Ready(NamedTuple):
    """What the ready line says."""

    http: str
    ws: str
    pid: int


class HubProcess:
    """A hub on `directory`: entered, it accepts; left, it is gone. It may be stopped, killed and started in between.

    A hub that is started again listens where it listened before. `credentials` are what the first start told.
    """

    ready: Ready

    def __init__(
        self,
        directory: Path,
        *,
        provision: Mapping[str, Any] = DEMO,
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        credentials: str = "-",
        program: Sequence[str] = (HUBBUB,),
    ) -> None:
        self.data = directory / "data"
        self.log = directory / "hub.log"
        self.credentials: dict[str, Any] = {}
        self._options = options
        self._credentials = credentials
        self._program = program
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
        self._env |= env or {}
        self._ports = ("127.0.0.1:0", "127.0.0.1:0")
        self._provision = directory / "provision.json"
        self._provision.write_text(json.dumps(provision))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def token(self, username: str) -> str:
        """Return the native token of a user."""
        token: str = self.credentials["users"][username]["token"]
        return token

    def conversation(self, name: str) -> int:
        """Return the id of a conversation."""
        conversation: int = self.credentials["conversations"][name]["id"]
        return conversation

    def start(self) -> None:
        """Start it and wait until it accepts. Raises HubFailed."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, env=self._env
            )
        try:
            self.ready = self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        self._ports = (self.ready.http.split("/")[2], self.ready.ws.split("/")[2])

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        self._running().send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, wait for that and return its exit code; STOP_S is far more than it may take."""
        self.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended and return its exit code. Raises HubFailed when it does not."""
        process = self._running()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            raise HubFailed(f"the hub does not end{self._why()}") from None
        self._forget()
        return code

    def kill(self) -> None:
        """End it without any warning, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget()

    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop_reading(self) -> None:
        """Close standard output, as a reader does that has seen enough."""
        output = self._running().stdout
        assert output is not None
        output.close()

    def log_text(self) -> str:
        """Return everything that was written to standard error."""
        return self.log.read_text(errors="replace")

    def _command(self) -> list[str]:
        http, ws = self._ports
        return [
            *(*self._program, "serve", "--data", str(self.data), "--http", http, "--ws", ws),
            *("--provision", str(self._provision), "--credentials", self._credentials),
            *self._options,
        ]

    def _wait_until_ready(self) -> Ready:
        deadline = time.monotonic() + START_S
        while line := self._line(deadline):
            ready = READY.fullmatch(line)
            if ready is not None:
                return Ready(ready["http"], ready["ws"], int(ready["pid"]))
            self.credentials = json.loads(line)
        raise HubFailed(f"no ready line{self._why()}")

    def _line(self, deadline: float) -> str:
        """Return the next line of standard output; nothing when it ends or the deadline has come."""
        output = self._running().stdout
        assert output is not None
        # The pipe is read a byte at a time: what a buffer holds, `select` does not see.
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
                break
            byte = os.read(output.fileno(), 1)
            if not byte:
                break
            line += byte
        return line.decode()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise HubFailed(f"the hub does not run{self._why()}")
        return self._process

    def _forget(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def _why(self) -> str:
        return f"; its log ends with\n{self.log_text()[-2_000:]}"
