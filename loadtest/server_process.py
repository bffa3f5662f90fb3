"""A server in a process of its own, on a core of its own, watched from outside."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from loadtest import machine
from loadtest.errors import HubFailed

STOP_S = 15.0
LOG_TAIL = 2_000


class Ready(NamedTuple):
    """Where a server is reached, and as which process."""

    http: str
    ws: str
    pid: int


class ServerProcess(ABC):
    """A context manager: entered, the server accepts; left, its process is gone.

    Its standard error, and whatever it writes there, is `log`. Raises HubFailed when it does not come up.
    """

    ready: Ready

    def __init__(
        self, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str], cores: machine.Cores
    ) -> None:
        self._arguments = list(arguments)
        self._log = log
        self._environment = environment
        self._cores = cores

    @property
    @abstractmethod
    def what(self) -> str:
        """How messages speak of it."""

    @abstractmethod
    def wait_until_ready(self, process: subprocess.Popen[str]) -> Ready:
        """Return where it is reached, once it accepts. Raises HubFailed."""

    def __enter__(self) -> Self:
        self._process = self._start()
        try:
            self.ready = self.wait_until_ready(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def check_alive(self) -> None:
        """Raise HubFailed if the server has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise HubFailed(f"{self.what} ended with {code}{self.why()}")

    def cpu_seconds(self) -> float:
        """Return the processor time the server has used so far, user and system."""
        return sum(self.cpu_time())

    def cpu_time(self) -> machine.CpuTime:
        """Return the processor time the server and what it started have used so far."""
        return machine.cpu_time(self.ready.pid)

    @property
    def cores(self) -> machine.Cores:
        """Where it runs, and what is left for others."""
        return self._cores

    def core_busy_seconds(self) -> float:
        """Return how long the server's core has been busy so far, with the server or with others."""
        return machine.core_busy_seconds(self._cores.hub)

    def resident_bytes(self) -> int:
        """Return the memory the server holds."""
        return machine.resident_bytes(self.ready.pid)

    def quick_resident_bytes(self) -> int:
        """Return about the memory the server holds: cheap enough to be asked under load."""
        return machine.quick_resident_bytes(self.ready.pid)

    def why(self) -> str:
        """Return the end of its log, for an error message."""
        text = self._log.read_text(errors="replace")[-LOG_TAIL:].strip()
        return f"; its log ends with\n{text}" if text else ""

    def _start(self) -> subprocess.Popen[str]:
        # Inherited, so that every thread of the server is on its core from its first instruction on.
        machine.pin(self._cores.hub)
        try:
            with self._log.open("ab") as log:
                return subprocess.Popen(  # noqa: S603
                    self._arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    env=dict(self._environment),
                )
        except OSError as error:
            raise HubFailed(f"cannot start {self._arguments[0]}: {error.strerror}") from error
        finally:
            machine.pin(self._cores.generator)

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
