"""A hub in a process of its own, on a core of its own, started and known only through its command line."""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Final, NamedTuple, Self

from loadtest import machine
from loadtest.errors import HubFailed

READY = re.compile(r"^hubbub ready http=(?P<http>\S+) ws=(?P<ws>\S+) pid=(?P<pid>\d+)$")
START_S = 120.0
STOP_S = 15.0
LOG_TAIL = 2_000
DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({})


class Ready(NamedTuple):
    """What the ready line says."""

    http: str
    ws: str
    pid: int


def default_command() -> tuple[str, ...]:
    """Return the `hubbub` that is installed beside this Python."""
    return (str(Path(sys.executable).with_name("hubbub")),)


class HubProcess:
    """A context manager: entered, the hub accepts and `credentials` are known; left, its process is gone.

    `provision` is the provisioning file's content; everything the hub writes lies in `directory`. Its configuration is
    `settings`, by the names of their variables, and the defaults, whatever the environment says. Raises HubFailed when
    it does not come up.
    """

    ready: Ready
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
        self._log = directory / "hub.log"
        self._credentials_file = directory / "credentials.json"
        self._cores = cores
        self._settings = settings
        provision_file = directory / "provision.json"
        provision_file.write_text(json.dumps(provision))
        self._arguments = [
            *command,
            "serve",
            *("--http", "127.0.0.1:0"),
            *("--ws", "127.0.0.1:0"),
            *("--data", str(directory / "data")),
            *("--provision", str(provision_file)),
            *("--credentials", str(self._credentials_file)),
        ]

    def __enter__(self) -> Self:
        self._process = self._start()
        try:
            self.ready = self._wait_until_ready()
            self.credentials = json.loads(self._credentials_file.read_text())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def check_alive(self) -> None:
        """Raise HubFailed if the hub has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise HubFailed(f"the hub ended with {code}{self._why()}")

    def cpu_seconds(self) -> float:
        """Return the processor time the hub has used so far, user and system."""
        return sum(self.cpu_time())

    def cpu_time(self) -> machine.CpuTime:
        """Return the processor time the hub and what it started have used so far."""
        return machine.cpu_time(self.ready.pid)

    def core_busy_seconds(self) -> float:
        """Return how long the hub's core has been busy so far, with the hub or with others."""
        return machine.core_busy_seconds(self._cores.hub)

    def resident_bytes(self) -> int:
        """Return the memory the hub holds."""
        return machine.resident_bytes(self.ready.pid)

    def quick_resident_bytes(self) -> int:
        """Return about the memory the hub holds: cheap enough to be asked under load."""
        return machine.quick_resident_bytes(self.ready.pid)

    def _start(self) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
        # Inherited, so that every thread of the hub is on its core from its first instruction on.
        machine.pin(self._cores.hub)
        try:
            with self._log.open("wb") as log:
                return subprocess.Popen(  # noqa: S603
                    self._arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    env={**inherited, **self._settings},
                )
        except OSError as error:
            raise HubFailed(f"cannot start {self._arguments[0]}: {error.strerror}") from error
        finally:
            machine.pin(self._cores.generator)

    def _wait_until_ready(self) -> Ready:
        output = self._process.stdout
        if output is None:
            raise HubFailed("the hub has no standard output")
        line = _first_line(output, START_S)
        match = READY.match(line.strip())
        if match is None:
            raise HubFailed(f"no ready line within {START_S:g} s, but {line.strip()!r}{self._why()}")
        return Ready(match["http"], match["ws"], int(match["pid"]))

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _why(self) -> str:
        text = self._log.read_text(errors="replace")[-LOG_TAIL:].strip()
        return f"; its log ends with\n{text}" if text else ""


def _first_line(output: IO[str], timeout_s: float) -> str:
    """Return the first line, or what there is of it when the time is up or the writer is gone."""
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        if not selector.select(deadline - time.monotonic()):
            return ""
    return output.readline()
