"""The command line: `hubbub serve|provision|admin|account|key|rotate-master-key|restored|tail|send`.

Exit codes: 0 done, 1 failed, 2 the command, the configuration or the provisioning file cannot be used, 130 interrupted.
Whatever stops a command is one line on standard error; answers go to standard output, logs to standard error.

What a command needs is imported when it runs: `send` must not wait for the hub's database and web framework to load.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn

import trio

from hub.account_commands import add_account_commands, add_key_commands
from hub.command_parts import add_directory, loading
from hub.config import Config
from hub.errors import DONE, INTERRUPTED, UNUSABLE, CommandError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except CommandError as error:
        sys.stderr.write(f"hubbub: {error}\n")
        return error.code
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _serve(options: argparse.Namespace) -> int:
    with loading():
        from hub import commands

    if (options.provision is None) != (options.credentials is None):
        raise CommandError("--provision FILE and --credentials OUT go together", UNUSABLE)
    order = None if options.provision is None else (options.provision, options.credentials)
    commands.serve(data=options.data, http=options.http, ws=options.ws, config=options.config, order=order)
    return DONE


def _provision(options: argparse.Namespace) -> int:
    with loading():
        from hub import commands

    commands.provision(options.file, data=options.data, config=options.config, rotate=options.rotate)
    return DONE


def _admin(options: argparse.Namespace) -> int:
    from hub import commands

    role: Literal["admin", "user"] = "user" if options.revoke else "admin"
    commands.set_role(options.username, data=options.data, config=options.config, role=role)
    return DONE


def _rotate_master_key(options: argparse.Namespace) -> int:
    with loading():
        from hub import commands

    commands.rotate_master_key(data=options.data, config=options.config, forget=options.forget)
    return DONE


def _restored(options: argparse.Namespace) -> int:
    with loading():
        from hub import commands

    commands.restored(data=options.data, config=options.config)
    return DONE


def _tail(options: argparse.Namespace) -> int:
    from hub import client

    return trio.run(client.tail, options.url, options.token, options.conversation, sys.stdout)


def _send(options: argparse.Namespace) -> int:
    from hub import client

    return trio.run(client.send, options.url, options.token, options.conversation, options.text)


class OneLineParser(argparse.ArgumentParser):
    """argparse without the usage text in front of every complaint."""

    def error(self, message: str) -> NoReturn:
        """Write one line and exit with 2."""
        self.exit(UNUSABLE, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = OneLineParser(prog="hubbub", description="A self-hosted real-time chat and bot hub.")
    top.add_argument("--version", action="version", version=importlib.metadata.version("hubbub"))
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="run a hub until SIGTERM or SIGINT", allow_abbrev=False))
    _add_provision(commands.add_parser("provision", help="make users, bots and rooms offline", allow_abbrev=False))
    _add_admin(commands.add_parser("admin", help="make a user an administrator offline", allow_abbrev=False))
    add_account_commands(commands.add_parser("account", help="make and list ChatPion's accounts"))
    add_key_commands(commands.add_parser("key", help="make, list and revoke keys of such an account"))
    _add_rotate_master_key(commands.add_parser("rotate-master-key", help="make a new master key", allow_abbrev=False))
    _add_restored(commands.add_parser("restored", help="say that DIR comes from a backup", allow_abbrev=False))
    _add_tail(commands.add_parser("tail", help="print live messages, a line each", allow_abbrev=False))
    _add_send(commands.add_parser("send", help="publish one message", allow_abbrev=False))
    return top


def _add_serve(parser: argparse.ArgumentParser) -> None:
    defaults = Config()
    parser.set_defaults(run=_serve)
    parser.add_argument("--data", metavar="DIR", help=f"where everything is kept [{defaults.data}]")
    parser.add_argument("--http", metavar="HOST:PORT", help=f"port 0 picks a free one [{defaults.http}]")
    parser.add_argument("--ws", metavar="HOST:PORT", help=f"port 0 picks a free one [{defaults.ws}]")
    parser.add_argument("--config", metavar="FILE", type=Path, help="a TOML file; each key also as HUBBUB_KEY")
    parser.add_argument("--provision", metavar="FILE", help="first make what is missing of this file; - reads it")
    parser.add_argument("--credentials", metavar="OUT", help="where new credentials go; - is standard output")


def _add_provision(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_provision)
    parser.add_argument("file", metavar="FILE", help="JSON or TOML; - reads standard input")
    add_directory(parser)
    parser.add_argument("--rotate", action="store_true", help="make new credentials for what exists")


def _add_admin(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_admin)
    parser.add_argument("username", metavar="USERNAME")
    add_directory(parser)
    parser.add_argument("--revoke", action="store_true", help="make the user an administrator no longer")


def _add_rotate_master_key(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_rotate_master_key)
    add_directory(parser)
    parser.add_argument(
        "--forget", action="store_true", help="instead end what only older keys know, and drop them; see the manual"
    )


def _add_restored(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_restored)
    add_directory(parser)


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
    if not (text.isascii() and text.isdigit() and 0 < len(text.lstrip("0")) <= 16):
        raise argparse.ArgumentTypeError(f"expected the number of a conversation, not {text!r}")
    return int(text)
