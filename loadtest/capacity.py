"""What the generator can take: its own ceiling, measured against a process that does nothing but send.

The figures of a fan-out are believable only well below it.
"""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import dataclass
from time import monotonic, monotonic_ns, process_time
from typing import NoReturn

from loadtest import machine
from loadtest.client import Client
from loadtest.swarm import Swarm
from loadtest.tally import Tally
from loadtest.walker import mark

CONNECTIONS = 500
FRAME_BYTES = 230
JOINED = (1, 2, 8)
SWITCHING_PROTOCOLS = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: hubbub.v1.msgpack\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Capacity:
    """Frames per second of the generator's processor time, by how many frames came in one piece."""

    joined: int
    frames: int
    frames_per_cpu_s: float


def measure(seconds: float) -> list[Capacity]:
    """Flood 500 connections with frames of 230 bytes, `seconds` for each size of piece."""
    cores = machine.choose_cores()
    return [_flooded(joined, seconds, cores) for joined in JOINED]


def text(found: list[Capacity]) -> str:
    """Return the findings, a line each."""
    return "\n".join(
        f"{one.joined} frame(s) a piece: {one.frames_per_cpu_s:,.0f} frames per second of CPU ({one.frames:,} taken)"
        for one in found
    )


def _flooded(joined: int, seconds: float, cores: machine.Cores) -> Capacity:
    listener = socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS)
    port = listener.getsockname()[1]
    tally = Tally()
    child = os.fork()
    if child == 0:
        machine.pin(cores.hub)
        try:
            _flood(listener, joined)
        finally:
            os._exit(0)  # the reset of the first connection is the end; nothing of the parent's may run here
    listener.close()
    machine.pin(cores.generator)
    try:
        with Swarm(f"ws://127.0.0.1:{port}/", tally) as swarm:
            clients = [swarm.connect("") for _ in range(CONNECTIONS)]
            return _watch(swarm, clients, tally, joined, seconds)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _watch(swarm: Swarm, clients: list[Client], tally: Tally, joined: int, seconds: float) -> Capacity:
    while not all(client.account.count for client in clients):
        swarm.pump(0.1)
    frames, cpu, deadline = tally.deliveries, process_time(), monotonic() + seconds
    while monotonic() < deadline:
        swarm.pump(0.1)
    frames = tally.deliveries - frames
    return Capacity(joined, frames, frames / (process_time() - cpu))


def _flood(listener: socket.socket, joined: int) -> NoReturn:
    """Be the server: accept everybody, then send the same piece to each in turn until killed."""
    peers = [listener.accept()[0] for _ in range(CONNECTIONS)]
    payload = mark(monotonic_ns()).encode().ljust(FRAME_BYTES - 4, b".")
    piece = (bytes((0x82, 126)) + len(payload).to_bytes(2, "big") + payload) * joined
    for peer in peers:
        peer.recv(4096)
        peer.sendall(SWITCHING_PROTOCOLS)
    while True:
        for peer in peers:
            peer.sendall(piece)
