"""A peer in a process of its own: it is told its port, and is up when that accepts."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadtest import machine
from loadtest.errors import HubFailed
from loadtest.server_process import Ready, ServerProcess

HOST: Final = "127.0.0.1"
START_S: Final = 20.0
POLL_S: Final = 0.02
NO_METRICS: Final = f"http://{HOST}:9"  # a port that refuses at once: a peer has no figures of its own to show


class PeerProcess(ServerProcess):
    """A context manager: entered, the peer accepts at `port`; left, its process is gone."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, port: int, directory: Path, cores: machine.Cores
    ) -> None:
        super().__init__(arguments, log=directory / "peer.log", environment=os.environ, cores=cores)
        self._name = name
        self._port = port

    @property
    def what(self) -> str:
        """How messages speak of it."""
        return self._name

    def wait_until_ready(self, process: subprocess.Popen[str]) -> Ready:
        """Return where it is reached, once it accepts. Raises HubFailed."""
        deadline = time.monotonic() + START_S
        while not _accepts(self._port):
            self.check_alive()
            if time.monotonic() > deadline:
                raise HubFailed(f"{self._name} does not accept after {START_S:g} s{self.why()}")
            time.sleep(POLL_S)
        return Ready(NO_METRICS, f"ws://{HOST}:{self._port}", process.pid)


def free_port() -> int:
    """Return a port that nothing listens on. Not all peers can choose one themselves and tell."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1.0).close()
    except OSError:
        return False
    return True
