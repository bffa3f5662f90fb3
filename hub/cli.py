"""The command line: `hubbub serve|provision|tail|send`.

Exit codes: 0 done, 1 failed, 2 the command, the configuration or the provisioning file cannot be used, 130 interrupted.
Whatever stops a command is one line on standard error; answers go to standard output, logs to standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import os
import resource
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import trio

from hub import app, client, logs
from hub.config import Config, ConfigError, load
from hub.config.load import UNLIMITED_FILES
from hub.datadir import DataDirError, hold
from hub.output import CredentialsSink, OutputError, say
from hub.provision_file import Draft, ProvisionFileError, parse
from storage.errors import StorageError

DONE = 0
FAILED = 1
UNUSABLE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (ConfigError, ProvisionFileError) as error:
        return _fail(error, UNUSABLE)
    except (DataDirError, StorageError, OutputError, app.CannotListen) as error:
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _serve(options: argparse.Namespace) -> int:
    if (options.provision is None) != (options.credentials is None):
        raise ConfigError("--provision and --credentials go together")
    limit = _raise_file_limit()
    config = load(
        file=options.config,
        env=os.environ,
        flags={"data": options.data, "http": options.http, "ws": options.ws},
        file_limit=limit,
    )
    logs.configure(config.log_level, config.log_format)
    order = None
    if options.provision is not None:
        order = app.Order(_read_file(options.provision), CredentialsSink(options.credentials))
    with hold(Path(config.data)) as directory:
        trio.run(partial(app.run, config, directory, order=order, announce=say))
    return DONE


def _provision(options: argparse.Namespace) -> int:
    config = load(env=os.environ, flags={"data": options.data})
    logs.configure("warning", config.log_format)
    draft = _read_file(options.file)
    with hold(Path(config.data)) as directory:
        answer = trio.run(partial(app.provision_offline, config, directory, draft, rotate=options.rotate))
    CredentialsSink("-").write(answer.content)
    return DONE


def _tail(options: argparse.Namespace) -> int:
    return trio.run(client.tail, options.url, options.token, options.conversation, sys.stdout)


def _send(options: argparse.Namespace) -> int:
    return trio.run(client.send, options.url, options.token, options.conversation, options.text)


def _read_file(name: str) -> Draft:
    """Read and check a provisioning file, `-` being standard input; complaints name it."""
    shown = "standard input" if name == "-" else name
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ProvisionFileError(f"{shown}: cannot be read: {error.strerror}") from error
    try:
        return parse(data)
    except ProvisionFileError as error:
        raise ProvisionFileError(f"{shown}: {error}") from error


def _raise_file_limit() -> int:
    """Take as many file descriptors as the system lets this process have, and return how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = UNLIMITED_FILES if hard == resource.RLIM_INFINITY else min(hard, UNLIMITED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS tells a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return wanted if soft == resource.RLIM_INFINITY else soft


def _fail(error: Exception, code: int) -> int:
    sys.stderr.write(f"hubbub: {' '.join(str(error).split())}\n")
    return code


class OneLineParser(argparse.ArgumentParser):
    """argparse without the usage text in front of every complaint."""

    def error(self, message: str) -> NoReturn:
        """Write one line and exit with 2."""
        self.exit(UNUSABLE, f"hubbub: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="hubbub", description="A self-hosted real-time chat and bot hub.")
    parser.add_argument("--version", action="version", version=importlib.metadata.version("hubbub"))
    commands = parser.add_subparsers(required=True, metavar="serve | provision | tail | send")
    _add_serve(commands.add_parser("serve", help="run a hub until SIGTERM or SIGINT", allow_abbrev=False))
    _add_provision(commands.add_parser("provision", help="make users, bots and rooms offline", allow_abbrev=False))
    _add_tail(commands.add_parser("tail", help="print live messages, a line each", allow_abbrev=False))
    _add_send(commands.add_parser("send", help="publish one message", allow_abbrev=False))
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    defaults = Config()
    parser.set_defaults(run=_serve)
    parser.add_argument("--data", metavar="DIR", help=f"where everything is kept [{defaults.data}]")
    parser.add_argument("--http", metavar="HOST:PORT", help=f"port 0 picks a free one [{defaults.http}]")
    parser.add_argument("--ws", metavar="HOST:PORT", help=f"port 0 picks a free one [{defaults.ws}]")
    parser.add_argument("--config", metavar="FILE", type=Path, help="a TOML file; each key also as HUBBUB_KEY")
    parser.add_argument("--provision", metavar="FILE", help="make what is missing of this file first; - reads it")
    parser.add_argument("--credentials", metavar="OUT", help="where new credentials go; - is standard output")


def _add_provision(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_provision)
    parser.add_argument("file", metavar="FILE", help="JSON or TOML; - reads standard input")
    parser.add_argument("--data", metavar="DIR", help=f"the data directory of the hub [{Config().data}]")
    parser.add_argument("--rotate", action="store_true", help="make new credentials for what exists")


def _add_tail(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_tail)
    _add_peer(parser)
    parser.add_argument("--conversation", metavar="ID", type=_conversation, help="this one only")


def _add_send(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_send)
    _add_peer(parser)
    parser.add_argument("--conversation", metavar="ID", type=_conversation, required=True)
    parser.add_argument("text", metavar="TEXT", help="what to say; - reads standard input")


def _add_peer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", metavar="WS_URL", required=True, help="such as ws://127.0.0.1:8081/ws")
    parser.add_argument("--token", metavar="T", required=True)


def _conversation(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) > 0):
        raise argparse.ArgumentTypeError(f"expected the number of a conversation, not {text!r}")
    return int(text[:20])
