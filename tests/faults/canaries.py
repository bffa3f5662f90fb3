"""Secrets that are looked for wherever they must not be."""

from __future__ import annotations

import base64
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults.raw import address_of

READ_S = 2.0
HUSH_S = 0.2


class Leak(NamedTuple):
    """A secret that stands somewhere in plain: how it was given, and where it came out."""

    secret: str
    where: str


class Canaries:
    """Made-up secrets, each with the place where it is given to the hub, and real ones. `kind` tells flocks apart."""

    def __init__(self, kind: str = "Kanarie") -> None:
        self._kind = kind
        self._places: dict[str, str] = {}

    def give(self, place: str) -> str:
        """Return a new one, of a form that nothing would recognise."""
        canary = f"{self._kind}{len(self._places):04d}Vogel"
        self._places[canary] = place
        return canary

    def add(self, secret: str, place: str) -> str:
        """Look for this one too; without its prefix, which is no secret. Return it."""
        bare = secret.removeprefix("whsec_")
        number, dash, token = bare.partition("-")
        self._places[token if dash and number.isdigit() else bare] = place
        return secret

    def leaks(self, content: bytes, where: str) -> Iterator[Leak]:
        """Yield what stands in `content`."""
        for secret, place in self._places.items():
            if secret.encode() in content:
                yield Leak(place, where)

    def leaks_in(self, directory: Path) -> Iterator[Leak]:
        """Yield what stands in any file of the directory but the master keys'."""
        for path in sorted(directory.rglob("*")):
            if path.is_file() and path.name != "master.key":
                yield from self.leaks(path.read_bytes(), path.name)

    def __len__(self) -> int:
        return len(self._places)


def master_keys(data: Path) -> list[str]:
    """The keys as they stand in their file."""
    lines = (data / "master.key").read_text().split()
    assert all(len(base64.b64decode(line)) == 32 for line in lines)
    return lines


def exchange(url: str, opening: bytes, then: bytes = b"") -> bytes:
    """Send some bytes, whatever they are, more of them when the first were answered; return all that comes back."""
    heard = b""
    with socket.create_connection(address_of(url), READ_S) as connection, contextlib.suppress(OSError):
        connection.sendall(opening)
        if then:
            heard += connection.recv(65_536)
            connection.sendall(then)
        while data := connection.recv(65_536):
            heard += data
            connection.settimeout(HUSH_S)
    return heard


def http(method: str, target: str, body: bytes = b"", /, **headers: str) -> bytes:
    """A request; the names of headers are spelled with underscores."""
    lines = {"Host": "hub", "Connection": "close", "Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body
