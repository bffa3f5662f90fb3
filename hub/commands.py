"""The commands that work on a data directory: from the options of the command line to a hub."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import trio

import storage
from actors.ports import PortError
from hub import app, control, logs
from hub.chores import AnyChore, NotDone, answer_in, line_of
from hub.config import Config, ConfigError, load
from hub.config.load import UNLIMITED_FILES
from hub.datadir import DataDirError, DataDirInUse, hold
from hub.errors import FAILED, UNUSABLE, CommandError
from hub.output import CredentialsSink, OutputError, say
from hub.provision_file import Draft, ProvisionFileError, parse
from hub.tls import server_context
from storage import ProvisionError, StorageError


def serve(
    *, data: str | None, http: str | None, ws: str | None, config: Path | None, order: tuple[str, str] | None
) -> None:
    """Run a hub until SIGTERM or SIGINT. `order` is a provisioning file and where its credentials go.

    Raises CommandError when the hub cannot start.
    """
    with _explained():
        settings = load(
            file=config,
            env=os.environ,
            flags={"data": data, "http": http, "ws": ws},
            file_limit=_raise_file_limit(),
        )
        logs.configure(settings.log_level, settings.log_format)
        ordered = None if order is None else app.Order(_read_file(order[0]), CredentialsSink(order[1]))
        tls = server_context(settings)  # before there is a data directory: a bad certificate leaves nothing behind
        with hold(Path(settings.data)) as directory:
            trio.run(partial(app.run, settings, directory, tls=tls, order=ordered, announce=say))


def provision(file: str, *, data: str | None, config: Path | None, rotate: bool) -> None:
    """Provision a data directory on which no hub runs, and print the answer. Raises CommandError."""
    with _explained():
        settings = _offline_settings(data, config)
        draft = _read_file(file)
        with hold(Path(settings.data)) as directory:
            answer = trio.run(partial(app.provision_offline, settings, directory, draft, rotate=rotate))
        CredentialsSink("-").write(answer.content)


def do_chore(chore: AnyChore, *, data: str | None, config: Path | None) -> None:
    """Do something with accounts or keys, and print what there is to tell. Raises CommandError.

    A hub that runs on the data directory does it; else it is done here.
    """
    with _explained():
        settings = _offline_settings(data, config)
        try:
            with hold(Path(settings.data)) as directory:
                answer = trio.run(partial(app.do_offline, settings, directory, chore))
        except DataDirInUse as in_use:
            answer = _ask_hub(Path(settings.data).absolute(), chore, in_use)
        CredentialsSink("-").write(answer)


def _ask_hub(directory: Path, chore: AnyChore, in_use: DataDirInUse) -> dict[str, Any]:
    try:
        return answer_in(trio.run(control.ask, directory, line_of(chore)))
    except control.Unreachable:
        raise DataDirError(f"{in_use}, and does not answer") from None


def rotate_master_key(*, data: str | None, config: Path | None, forget: bool) -> None:
    """Replace the master key of a data directory on which no hub runs, and say what became of it.

    Raises CommandError.
    """
    with _explained():
        settings = _offline_settings(data, config)
        with _hold_existing(settings) as directory:
            rotation = trio.run(partial(storage.rotate_master_key, directory, settings.key_file, forget=forget))
        say(json.dumps(rotation._asdict()))


def restored(*, data: str | None, config: Path | None) -> None:
    """Give every conversation of a data directory that comes from a backup a new epoch. Raises CommandError."""
    with _explained():
        settings = _offline_settings(data, config)
        with _hold_existing(settings) as directory:
            conversations = trio.run(storage.begin_epochs, directory)
        say(json.dumps({"conversations": conversations}))


def set_role(username: str, *, data: str | None, config: Path | None, role: Literal["admin", "user"]) -> None:
    """Make a user an administrator of a hub that does not run, or one no longer, and say so. Raises CommandError."""
    with _explained():
        settings = _offline_settings(data, config)
        with _hold_existing(settings) as directory:
            found = trio.run(storage.set_role, directory, username, role)
        say(json.dumps({"username": found, "role": role}, ensure_ascii=False))


def _offline_settings(data: str | None, config: Path | None) -> Config:
    settings = load(file=config, env=os.environ, flags={"data": data})
    logs.configure("warning", settings.log_format)
    return settings


@contextlib.contextmanager
def _hold_existing(settings: Config) -> Iterator[Path]:
    """Hold the data directory, which is not made if it is not there. Raises DataDirError."""
    if not Path(settings.data).is_dir():
        raise DataDirError(f"{settings.data}: there is no such directory")
    with hold(Path(settings.data)) as directory:
        yield directory


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (ConfigError, ProvisionFileError, ProvisionError) as error:
        raise CommandError(error, UNUSABLE) from error
    except (DataDirError, StorageError, PortError, OutputError, NotDone, app.CannotListen) as error:
        raise CommandError(error, FAILED) from error


def _read_file(name: str) -> Draft:
    """Read and check a provisioning file, `-` being standard input; complaints name it."""
    shown = "standard input" if name == "-" else name
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ProvisionFileError(f"{shown}: cannot be read: {error.strerror}") from error
    try:
        return parse(data, Path() if name == "-" else Path(name).parent)
    except ProvisionFileError as error:
        raise ProvisionFileError(f"{shown}: {error}") from error


def _raise_file_limit() -> int:
    """Take as many file descriptors as the system lets this process have, and return how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = UNLIMITED_FILES if hard == resource.RLIM_INFINITY else min(hard, UNLIMITED_FILES)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # macOS tells a hard limit that it does not grant
        return soft
    return most
