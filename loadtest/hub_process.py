"""A hub in a process of its own, on a core of its own, started and known only through its command line."""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final
from urllib.parse import urlsplit

from loadtest import machine
from loadtest.errors import HubFailed
from loadtest.server_process import Ready, ServerProcess

READY = re.compile(r"^hubbub ready http=(?P<http>\S+) ws=(?P<ws>\S+) pid=(?P<pid>\d+)$")
START_S = 120.0
ANY_PORT: Final = "127.0.0.1:0"
DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({})


class State(Enum):
    """Whether a hub is there that may have been killed."""

    UP = "it accepts, or is waited for"
    DYING = "killed, and not gone yet"
    STARTING = "started again, and not ready yet"


def default_command() -> tuple[str, ...]:
    """Return the `hubbub` that is installed beside this Python."""
    return (str(Path(sys.executable).with_name("hubbub")),)


class HubProcess(ServerProcess):
    """A context manager: entered, the hub accepts and `credentials` are known; left, its process is gone.

    `provision` is the provisioning file's content; everything the hub writes lies in `directory`. Its configuration is
    `settings`, by the names of their variables, and the defaults, whatever the environment says. Raises HubFailed when
    it does not come up. In between it may be killed, and brought back where it listened before, on the same data.
    """

    credentials: dict[str, Any]

    def __init__(
        self,
        directory: Path,
        provision: dict[str, Any],
        *,
        settings: Mapping[str, str] = DEFAULTS,
        command: Sequence[str],
        cores: machine.Cores,
    ) -> None:
        self._credentials_file = directory / "credentials.json"
        self._command = tuple(command)
        self._spent = machine.CpuTime(0.0, 0.0)
        self._state = State.UP
        provision_file = directory / "provision.json"
        provision_file.write_text(json.dumps(provision))
        self._files = [
            *("--data", str(directory / "data")),
            *("--provision", str(provision_file)),
            *("--credentials", str(self._credentials_file)),
        ]
        arguments = self._serving(ANY_PORT, ANY_PORT)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
        super().__init__(arguments, log=directory / "hub.log", environment={**inherited, **settings}, cores=cores)

    @property
    def what(self) -> str:
        """How messages speak of it."""
        return "the hub"

    def kill(self) -> None:
        """End it by SIGKILL without waiting for that; `revive` brings it back."""
        self._spent = self.cpu_time()
        self._process.kill()
        self._state = State.DYING

    def revive(self) -> bool:
        """Start it again once it is gone, and return whether it accepts; it never waits, so ask until it does.

        Raises HubFailed when it ends instead.
        """
        output = self._process.stdout
        if self._state is State.DYING and self._process.poll() is not None and output is not None:
            output.close()
            self._arguments = self._serving(urlsplit(self.ready.http).netloc, urlsplit(self.ready.ws).netloc)
            self._process = self._start()
            self._state = State.STARTING
        elif self._state is State.STARTING and output is not None and _speaks(output, 0):
            self.ready = self.wait_until_ready(self._process)
            self._state = State.UP
        return self._state is State.UP

    def cpu_time(self) -> machine.CpuTime:
        """Return the processor time the hub has used so far; what it used up to a kill stays in it."""
        if self._state is not State.UP:
            return self._spent
        now = super().cpu_time()
        return machine.CpuTime(self._spent.user_s + now.user_s, self._spent.system_s + now.system_s)

    def quick_resident_bytes(self) -> int:
        """Return about the memory the hub holds: nothing while it is down."""
        return super().quick_resident_bytes() if self._state is State.UP else 0

    def wait_until_ready(self, process: subprocess.Popen[str]) -> Ready:
        """Return what the ready line says, and learn the credentials. Raises HubFailed."""
        if process.stdout is None:
            raise HubFailed("the hub has no standard output")
        line = _first_line(process.stdout, START_S)
        match = READY.match(line.strip())
        if match is None:
            raise HubFailed(f"no ready line within {START_S:g} s, but {line.strip()!r}{self.why()}")
        self.credentials = json.loads(self._credentials_file.read_text())
        return Ready(match["http"], match["ws"], int(match["pid"]))

    def _serving(self, http: str, ws: str) -> list[str]:
        return [*self._command, "serve", "--http", http, "--ws", ws, *self._files]


def _first_line(output: IO[str], timeout_s: float) -> str:
    """Return the first line, or what there is of it when the time is up or the writer is gone."""
    return output.readline() if _speaks(output, timeout_s) else ""


def _speaks(output: IO[str], timeout_s: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        return bool(selector.select(timeout_s))
