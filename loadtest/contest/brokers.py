"""The peers that are installed and not written: NATS, mosquitto, nginx with nchan."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from loadtest import machine
from loadtest.contest import nats_talk
from loadtest.contest.contestant import Contestant, PeerMissing, Seat, Speaker, address
from loadtest.contest.installing import SOURCES, first_line, program, run
from loadtest.contest.mqtt_talk import MqttSpeaker
from loadtest.contest.nats_talk import NatsSpeaker
from loadtest.contest.nchan_talk import NchanSpeaker
from loadtest.contest.peer_process import PeerProcess, free_port
from loadtest.errors import HubFailed
from loadtest.measuring import Place
from loadtest.server_process import Ready, ServerProcess
from loadtest.tally import Tally
from loadtest.wire import upgrade

STREAM: Final[Mapping[str, Any]] = {
    "name": nats_talk.STREAM,
    "subjects": [nats_talk.SUBJECTS],
    "storage": "file",
    "retention": "limits",
    "discard": "old",
    "max_consumers": -1,
    "max_msgs": -1,
    "max_bytes": -1,
    "num_replicas": 1,
}
MOSQUITTO: Final = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
set_tcp_nodelay true
log_dest stderr
log_type error
"""
NCHAN_MODULE: Final = "ngx_nchan_module.so"


class Nats(Contestant):
    """A JetStream stream keeps what is said in the rooms, beside their members and not before them."""

    name = "nats"
    about = "NATS, JetStream on file"
    stores = "each, no fsync, not before it sends"

    def prepare(self, cache: Path) -> str:
        """Look whether it is there. Raises PeerMissing."""
        return first_line(program("nats-server"), "--version")

    def server(self, sizes: Sequence[int], directory: Path, place: Place) -> ServerProcess:
        """Return the server, not yet started."""
        return NatsProcess(directory, place.cores)

    def speaker(self, server: ServerProcess, raw: socket.socket, seat: Seat, tally: Tally) -> Speaker:
        """Return the session of a member."""
        return NatsSpeaker(raw, seat, tally)

    def stored(self, server: ServerProcess, directory: Path) -> int | None:
        """Return how many messages the stream has."""
        answer = _jetstream(server.ready, "INFO", {})
        count: int = answer["state"]["messages"]
        return count


class NatsProcess(PeerProcess):
    """Entered, it has its stream as well."""

    def __init__(self, directory: Path, cores: machine.Cores) -> None:
        port = free_port()
        store = ("--jetstream", "--store_dir", str(directory / "stream"))
        arguments = [program("nats-server"), "--addr", "127.0.0.1", "--port", str(port), *store]
        super().__init__("nats", arguments, port=port, directory=directory, cores=cores)

    def wait_until_ready(self, process: subprocess.Popen[str]) -> Ready:
        """Return where it is reached, once it accepts and has made the stream. Raises HubFailed."""
        ready = super().wait_until_ready(process)
        _jetstream(ready, "CREATE", dict(STREAM))
        return ready


class Mosquitto(Contestant):
    """Keeps nothing."""

    name = "mosquitto"
    about = "mosquitto, MQTT"
    stores = "nothing"
    durable = False

    def prepare(self, cache: Path) -> str:
        """Look whether it is there. Raises PeerMissing."""
        program("mosquitto")
        # It tells its version with its usage, and ends with 3 then.
        return first_line("/bin/sh", "-c", f"{program('mosquitto')} -h || true")

    def server(self, sizes: Sequence[int], directory: Path, place: Place) -> ServerProcess:
        """Return the server, not yet started."""
        port, config = free_port(), directory / "mosquitto.conf"
        config.write_text(MOSQUITTO.format(port=port))
        arguments = [program("mosquitto"), "-c", str(config)]
        return PeerProcess(self.name, arguments, port=port, directory=directory, cores=place.cores)

    def speaker(self, server: ServerProcess, raw: socket.socket, seat: Seat, tally: Tally) -> Speaker:
        """Return the session of a member."""
        return MqttSpeaker(raw, seat, tally)


class Nchan(Contestant):
    """Keeps the last thousand messages of a room in memory."""

    name = "nchan"
    about = "nginx, nchan"
    stores = "nothing"
    durable = False

    def prepare(self, cache: Path) -> str:
        """Look whether both are there. Raises PeerMissing."""
        self._module()
        return first_line(program("nginx"), "-v")

    def server(self, sizes: Sequence[int], directory: Path, place: Place) -> ServerProcess:
        """Return the server, not yet started."""
        port, config = free_port(), directory / "nginx.conf"
        text = (SOURCES / "nchan.conf").read_text()
        for name, value in (("MODULE", self._module()), ("DIRECTORY", directory), ("PORT", port)):
            text = text.replace(f"@{name}@", str(value))
        config.write_text(text)
        arguments = [program("nginx"), "-p", str(directory), "-c", str(config)]
        return PeerProcess(self.name, arguments, port=port, directory=directory, cores=place.cores)

    def speaker(self, server: ServerProcess, raw: socket.socket, seat: Seat, tally: Tally) -> Speaker:
        """Return the session of a member."""
        return NchanSpeaker(raw, upgrade(*address(server.ready.ws), f"/room/{seat.room_name}", None), tally)

    def _module(self) -> Path:
        built = run((program("nginx"), "-V"), Path.cwd())
        where = re.search(r"--modules-path=(\S+)", built)
        module = Path(where[1] if where else "") / NCHAN_MODULE
        if not module.is_file():
            raise PeerMissing("nginx has no nchan module")
        return module


def _jetstream(ready: Ready, what: str, content: dict[str, Any]) -> dict[str, Any]:
    answer = nats_talk.ask(address(ready.ws), f"$JS.API.STREAM.{what}.{nats_talk.STREAM}", content)
    if "error" in answer:
        raise HubFailed(f"nats: {what} of the stream: {answer['error']}")
    return answer
