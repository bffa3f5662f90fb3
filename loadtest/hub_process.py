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
from types import MappingProxyType
from typing import IO, Any, Final

from loadtest import machine
from loadtest.errors import HubFailed
from loadtest.server_process import Ready, ServerProcess

READY = re.compile(r"^hubbub ready http=(?P<http>\S+) ws=(?P<ws>\S+) pid=(?P<pid>\d+)$")
START_S = 120.0
DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def default_command() -> tuple[str, ...]:
    """Return the `hubbub` that is installed beside this Python."""
    return (str(Path(sys.executable).with_name("hubbub")),)


class HubProcess(ServerProcess):
    """A context manager: entered, the hub accepts and `credentials` are known; left, its process is gone.

    `provision` is the provisioning file's content; everything the hub writes lies in `directory`. Its configuration is
    `settings`, by the names of their variables, and the defaults, whatever the environment says. Raises HubFailed when
    it does not come up.
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
        provision_file = directory / "provision.json"
        provision_file.write_text(json.dumps(provision))
        arguments = [
            *command,
            "serve",
            *("--http", "127.0.0.1:0"),
            *("--ws", "127.0.0.1:0"),
            *("--data", str(directory / "data")),
            *("--provision", str(provision_file)),
            *("--credentials", str(self._credentials_file)),
        ]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
        super().__init__(arguments, log=directory / "hub.log", environment={**inherited, **settings}, cores=cores)

    @property
    def what(self) -> str:
        """How messages speak of it."""
        return "the hub"

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


def _first_line(output: IO[str], timeout_s: float) -> str:
    """Return the first line, or what there is of it when the time is up or the writer is gone."""
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        if not selector.select(deadline - time.monotonic()):
            return ""
    return output.readline()
