"""Kinds of values a key may have: how each is read from TOML, how from text, and how a reader is told about it.

A kind's `read` takes what TOML gives and returns the typed value; `parse` takes the text of an environment variable or
a flag and returns what TOML would have given. Both raise ValueError when the value is
not `expected`; the caller writes the message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from actors.addresses import origin_of

Network = IPv4Network | IPv6Network

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})


class Kind(Protocol):
    """How the values of a key are read."""

    @property
    def expected(self) -> str: ...

    def parse(self, text: str) -> Any: ...

    def read(self, value: Any) -> Any: ...


class Address(NamedTuple):
    """A host and a port to listen on; port 0 picks a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Whole:
    minimum: int = 0
    maximum: int = 2**53 - 1

    @property
    def expected(self) -> str:
        return f"a whole number from {self.minimum} to {self.maximum}"

    def parse(self, text: str) -> Any:
        return int(text)

    def read(self, value: Any) -> int:
        if type(value) is not int or not self.minimum <= value <= self.maximum:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Number:
    minimum: float = 0.0
    maximum: float = 1e9

    @property
    def expected(self) -> str:
        return f"a number from {self.minimum:g} to {self.maximum:g}"

    def parse(self, text: str) -> Any:
        return float(text)

    def read(self, value: Any) -> float:
        if type(value) not in (int, float) or not self.minimum <= value <= self.maximum:
            raise ValueError  # NaN compares false and ends here too
        return float(value)


@dataclass(frozen=True, slots=True)
class Flag:
    expected: str = "true or false"

    def parse(self, text: str) -> Any:
        word = text.lower()
        return True if word in TRUE else False if word in FALSE else text

    def read(self, value: Any) -> bool:
        if type(value) is not bool:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(json.dumps(word) for word in self.words)

    def parse(self, text: str) -> Any:
        return text

    def read(self, value: Any) -> str:
        if value not in self.words or not isinstance(value, str):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """A text of so many characters: on one line, unless anything is allowed in it."""

    expected: str = "a text"
    minimum: int = 1
    maximum: int = 10_000
    spaces: bool = True
    printable: bool = True

    def parse(self, text: str) -> Any:
        return text

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not self.minimum <= len(value) <= self.maximum:
            raise ValueError
        if (self.printable and not value.isprintable()) or (" " in value and not self.spaces):
            raise ValueError
        value.encode()  # a lone surrogate, which JSON lets through, is no text
        return value


@dataclass(frozen=True, slots=True)
class Endpoint:
    expected: str = 'HOST:PORT, such as "127.0.0.1:8080" or "[::1]:8080"'

    def parse(self, text: str) -> Any:
        return text

    def read(self, value: Any) -> Address:
        host, _, port = Text().read(value).rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if not bracketed and ":" in host:
            raise ValueError
        host = host[1:-1] if bracketed else host
        if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            raise ValueError
        return Address(host, int(port))


@dataclass(frozen=True, slots=True)
class Url:
    schemes: tuple[str, ...]

    @property
    def expected(self) -> str:
        return "a URL that begins with " + " or ".join(f"{scheme}://" for scheme in self.schemes)

    def parse(self, text: str) -> Any:
        return text

    def read(self, value: Any) -> str:
        url = urlsplit(Text().read(value))
        if url.scheme not in self.schemes or not url.hostname or url.fragment:
            raise ValueError
        _ = url.port  # raises when it is no port
        return str(value).rstrip("/")


@dataclass(frozen=True, slots=True)
class Origin:
    """One web origin, as browsers send it: scheme, host, port when it is not the scheme's own; no path."""

    any_allowed: bool = False

    @property
    def expected(self) -> str:
        return 'an origin such as "https://chat.example.org"' + (' or "*"' if self.any_allowed else "")

    def parse(self, text: str) -> Any:
        return text

    def read(self, value: Any) -> str:
        if value == "*" and self.any_allowed:
            return "*"
        return origin_of(Text().read(value), exact=True)


@dataclass(frozen=True, slots=True)
class Cidr:
    expected: str = 'an address or CIDR network such as "10.0.0.0/8"'

    def parse(self, text: str) -> Any:
        return text

    def read(self, value: Any) -> Network:
        return ip_network(Text().read(value))


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind. As text: JSON when it begins with `[`, else separated by commas; empty = no entry."""

    entry: Kind
    maximum: int = 1000

    @property
    def expected(self) -> str:
        return f"a list, each entry {self.entry.expected}"

    def parse(self, text: str) -> Any:
        if text.lstrip().startswith("["):
            return json.loads(text)
        return [self.entry.parse(part.strip()) for part in text.split(",")] if text.strip() else []

    def read(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > self.maximum:
            raise ValueError
        return tuple(self.entry.read(entry) for entry in value)


@dataclass(frozen=True, slots=True)
class TableOf:
    """A table with fixed names. As text: JSON when it begins with `{`, else `name=value` separated by commas."""

    names: tuple[str, ...]
    entry: Kind

    @property
    def expected(self) -> str:
        return f"a table of {', '.join(self.names)}, each {self.entry.expected}"

    def parse(self, text: str) -> Any:
        if text.lstrip().startswith("{"):
            return json.loads(text)
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {name.strip(): self.entry.parse(value.strip()) for name, _, value in pairs}

    def read(self, value: Any) -> tuple[tuple[str, Any], ...]:
        if not isinstance(value, dict) or not set(value) <= set(self.names):
            raise ValueError
        return tuple((name, self.entry.read(entry)) for name, entry in sorted(value.items()))
