"""The peers that come with the harness, in node and in Python: what a good programmer would write in an hour."""

from __future__ import annotations

import json
import platform
import socket
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from loadtest.contest.contestant import Contestant, Seat, Speaker, address
from loadtest.contest.installing import SOURCES, first_line, installed, is_installed, program
from loadtest.contest.json_talk import JsonSpeaker
from loadtest.contest.peer_process import PeerProcess, free_port
from loadtest.contest.rows import count_messages
from loadtest.contest.socketio_talk import SocketIoSpeaker
from loadtest.measuring import Place
from loadtest.server_process import ServerProcess
from loadtest.socketio_packets import PATH
from loadtest.tally import Tally
from loadtest.wire import upgrade

DATABASE: Final = "peer.db"


class Written(Contestant):
    """Run as `COMMAND PORT DATABASE`; keeps every message in SQLite before it sends it."""

    stores = "each, fsync"
    path = "/"
    speaks: type[JsonSpeaker] | type[SocketIoSpeaker] = JsonSpeaker
    command: Sequence[str] = ()

    def server(self, sizes: Sequence[int], directory: Path, place: Place) -> ServerProcess:
        """Return the server, not yet started. `prepare` comes first."""
        port = free_port()
        arguments = [*self.command, str(port), str(directory / DATABASE)]
        return PeerProcess(self.name, arguments, port=port, directory=directory, cores=place.cores)

    def speaker(self, server: ServerProcess, raw: socket.socket, seat: Seat, tally: Tally) -> Speaker:
        """Return the session of a member."""
        return self.speaks(raw, upgrade(*address(server.ready.ws), self.path, None), seat, tally)

    def stored(self, server: ServerProcess, directory: Path) -> int | None:
        """Return how many rows its database has."""
        return count_messages(directory / DATABASE)


class NodePeer(Written):
    """A program of `peers/node`, with the packages of its lock file."""

    def __init__(self, name: str, package: str, source: str) -> None:
        self.name = name
        self.about = f"Node {package}, better-sqlite3"
        self._package = package
        self._source = source

    def prepare(self, cache: Path) -> str:
        """Install the packages of all peers in node. Raises PeerMissing."""
        node, npm, version = program("node"), program("npm"), _node_version()
        steps = [(npm, "ci", "--no-audit", "--no-fund", "--loglevel=error")]
        target = installed(cache, "node", _node_pinned(), steps)
        self.command = (node, str(target / self._source))
        pinned = json.loads((target / "package.json").read_text())["dependencies"]
        packages = (f"{each} {pinned[each]}" for each in (self._package, "better-sqlite3"))
        return ", ".join((f"node {version.removeprefix('v')}", *packages))

    def is_installed(self, cache: Path) -> bool:
        """Whether `prepare` would have nothing to do. Raises PeerMissing when there is no node."""
        return is_installed(cache, "node", _node_pinned())


class SocketIoPeer(NodePeer):
    """The one that speaks Socket.IO."""

    path = PATH
    speaks = SocketIoSpeaker


class PythonPeer(Written):
    """A program of `peers/python`, in an environment with its pinned requirements."""

    def __init__(self, name: str, about: str, source: str, packages: Sequence[str]) -> None:
        self.name = name
        self.about = about
        self._source = source
        self._packages = packages

    def prepare(self, cache: Path) -> str:
        """Make the environment of all peers in Python, with this one's version of it. Raises PeerMissing."""
        pinned = (SOURCES / "python" / "requirements.txt").read_text()
        python = "{target}/venv/bin/python"
        steps = (
            (sys.executable, "-m", "venv", "{target}/venv"),
            (python, "-m", "pip", "install", "--quiet", "--requirement", "{target}/requirements.txt"),
        )
        target = installed(cache, "python", platform.python_version() + pinned, steps)
        self.command = (python.replace("{target}", str(target)), str(target / self._source))
        versions = dict(line.split("==") for line in pinned.splitlines() if "==" in line)
        return ", ".join(
            (f"Python {platform.python_version()}", *(f"{each} {versions[each]}" for each in self._packages))
        )


class LocalPythonPeer(PythonPeer):
    """The same with the Python that runs the harness, and the packages that this one has: for its tests."""

    def prepare(self, cache: Path) -> str:
        """Install nothing."""
        self.command = (sys.executable, str(SOURCES / "python" / self._source))
        return ", ".join(f"{each} {version(each)}" for each in self._packages)


def _node_version() -> str:
    return first_line(program("node"), "--version")


def _node_pinned() -> str:
    """Return the lock file, and the version of node: a package with code in C is made for one."""
    return _node_version() + (SOURCES / "node" / "package-lock.json").read_text()
