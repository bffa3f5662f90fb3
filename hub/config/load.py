"""From flags, environment and file to one `Config`.

A flag beats a variable, a variable beats the file, the file beats the default.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from hub.config.errors import ConfigError
from hub.config.kinds import Address
from hub.config.model import Config, Setting, settings

PREFIX = "HUBBUB_"
RESERVED_FILES = 128  # database, log, listeners, wake-up pipes, and the connections being refused
UNLIMITED_FILES = 1_000_000


class Given(NamedTuple):
    """One value somebody set: where (for messages), under which key, and in which form."""

    where: str
    key: str
    value: Any
    is_text: bool


def load(
    *,
    file: Path | None = None,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, str | None] | None = None,
    file_limit: int = UNLIMITED_FILES,
) -> Config:
    """Return the configuration of these sources.

    `flags` are command line values by key, None where one was not given. `file_limit` is how many file descriptors
    the process may have: it sets the default of `max_connections`, less a reserve. Raises ConfigError for the first
    thing that is wrong.
    """
    values: dict[str, Any] = {}
    for given in (*_from_file(file), *_from_env(env or {}), *_from_flags(flags or {})):
        values[given.key] = _read(given)
    config = Config(**values, explicit=frozenset(values))
    config = _fit_connections(config, file_limit)
    _check_together(config)
    return config


def _from_file(path: Path | None) -> Iterator[Given]:
    if path is None:
        return
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not TOML: {_one_line(error)}") from error
    for key, value in table.items():
        yield Given(str(path), _known(key, str(path)), value, is_text=False)


def _from_env(env: Mapping[str, str]) -> Iterator[Given]:
    for name in sorted(env):
        if name.startswith(PREFIX):
            key = name.removeprefix(PREFIX)
            known = _known(key.lower() if key.isupper() else key, name, prefix=PREFIX)
            yield Given(name, known, env[name], is_text=True)


def _from_flags(flags: Mapping[str, str | None]) -> Iterator[Given]:
    for key, value in flags.items():
        if value is not None:
            yield Given(f"--{key}", key, value, is_text=True)


def _known(key: str, where: str, *, prefix: str = "") -> str:
    known = settings()
    if key in known:
        return key
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0)[0]
    shown = prefix + near.upper() if prefix else near
    name = where if prefix else f"{where}: {_one_line(key)}"
    raise ConfigError(f"{name}: unknown key; the nearest one is {shown}")


def _read(given: Given) -> Any:
    what = settings()[given.key]
    if given.is_text and given.value == "" and _is_optional(given.key):
        return None
    try:
        value = what.kind.parse(given.value) if given.is_text else given.value
        return what.kind.read(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigError(_complaint(given, what)) from error


def _is_optional(key: str) -> bool:
    return getattr(Config(), key) is None


def _complaint(given: Given, what: Setting) -> str:
    value = "<hidden>" if what.secret else _one_line(repr(given.value))
    return f"{given.where}: {given.key} = {value}: expected {what.kind.expected}"


def _one_line(value: object, limit: int = 200) -> str:
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) <= limit else text[:limit] + "…"


def _fit_connections(config: Config, file_limit: int) -> Config:
    """Make the defaults of the connection caps fit the file limit; what was set explicitly stays."""
    available = max(min(file_limit, UNLIMITED_FILES) - RESERVED_FILES, 2)
    if "http_connections" not in config.explicit:
        config = replace(config, http_connections=min(config.http_connections, max(available // 4, 1)))
    if "max_connections" not in config.explicit:
        config = replace(config, max_connections=max(available - config.http_connections, 1))
    return config


def _check_together(config: Config) -> None:
    if (config.tls_certfile is None) != (config.tls_keyfile is None):
        have, lack = "tls_certfile", "tls_keyfile"
        if config.tls_certfile is None:
            have, lack = lack, have
        raise ConfigError(f"{have} is set but {lack} is not: expected both or neither")
    if config.heartbeat_timeout_s <= config.heartbeat_ping_s:
        raise ConfigError(
            f"heartbeat_timeout_s = {config.heartbeat_timeout_s:g}: expected more than heartbeat_ping_s"
            f" ({config.heartbeat_ping_s:g})"
        )
    _check_addresses({"http": config.http, "ws": config.ws} | dict(config.dialect_bind))


def _check_addresses(addresses: Mapping[str, Address]) -> None:
    """Each listener needs its own; port 0 is a free one every time."""
    taken: dict[Address, str] = {}
    for name, address in addresses.items():
        other = taken.setdefault(address, name)
        if other != name and address.port != 0:
            raise ConfigError(f"{other} and {name} are both {address}: expected different addresses")
