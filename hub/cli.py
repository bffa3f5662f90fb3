"""The command line: `hubbub serve|provision|admin|account|key|rotate-master-key|restored|tail|send`.

Exit codes: 0 done, 1 failed, 2 the command, the configuration or the provisioning file cannot be used, 130 interrupted.
Whatever stops a command is one line on standard error; answers go to standard output, logs to standard error.

What a command needs is imported when it runs: `send` must not wait for the hub's database and web framework to load.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.metadata
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import trio

from hub.config import Config
from hub.errors import DONE, INTERRUPTED, UNUSABLE, CommandError
from protocol.codes import MAX_NAME_CHARS

if TYPE_CHECKING:
    from hub.chores import AnyChore


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
    with _loading():
        from hub import commands

    if (options.provision is None) != (options.credentials is None):
        raise CommandError("--provision FILE and --credentials OUT go together", UNUSABLE)
    order = None if options.provision is None else (options.provision, options.credentials)
    commands.serve(data=options.data, http=options.http, ws=options.ws, config=options.config, order=order)
    return DONE


def _provision(options: argparse.Namespace) -> int:
    with _loading():
        from hub import commands

    commands.provision(options.file, data=options.data, config=options.config, rotate=options.rotate)
    return DONE


def _admin(options: argparse.Namespace) -> int:
    from hub import commands

    role: Literal["admin", "user"] = "user" if options.revoke else "admin"
    commands.set_role(options.username, data=options.data, config=options.config, role=role)
    return DONE


def _add_account(options: argparse.Namespace) -> int:
    from hub import chores

    name = options.name if options.named is None else options.named
    if name is None:
        raise CommandError("account add needs a NAME", UNUSABLE)
    return _chore(options, chores.AddAccount(name=name, email=options.email, plan=options.plan, owner=options.owner))


def _list_accounts(options: argparse.Namespace) -> int:
    from hub import chores

    return _chore(options, chores.ListAccounts())


def _add_key(options: argparse.Namespace) -> int:
    from hub import chores

    return _chore(options, chores.AddKey(account=options.account, name=options.name, scopes=_scopes(options.scopes)))


def _list_keys(options: argparse.Namespace) -> int:
    from hub import chores

    return _chore(options, chores.ListKeys(account=options.account))


def _revoke_key(options: argparse.Namespace) -> int:
    from hub import chores

    return _chore(options, chores.RevokeKey(account=options.account, name=options.name))


def _scopes(given: Sequence[str]) -> tuple[str, ...]:
    """Scopes with spaces or commas between them."""
    from actors.chatpion import scopes

    try:
        return scopes.checked(scope for part in given for scope in part.replace(",", " ").split())
    except scopes.UnknownScope as error:
        raise CommandError(f"--scopes: {error}; there are {' '.join(scopes.SCOPES)}", UNUSABLE) from error


def _chore(options: argparse.Namespace, chore: AnyChore) -> int:
    with _loading():
        from hub import commands

    commands.do_chore(chore, data=options.data, config=options.config)
    return DONE


def _rotate_master_key(options: argparse.Namespace) -> int:
    with _loading():
        from hub import commands

    commands.rotate_master_key(data=options.data, config=options.config, forget=options.forget)
    return DONE


def _restored(options: argparse.Namespace) -> int:
    with _loading():
        from hub import commands

    commands.restored(data=options.data, config=options.config)
    return DONE


def _tail(options: argparse.Namespace) -> int:
    from hub import client

    return trio.run(client.tail, options.url, options.token, options.conversation, sys.stdout)


def _send(options: argparse.Namespace) -> int:
    from hub import client

    return trio.run(client.send, options.url, options.token, options.conversation, options.text)


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Seek no garbage while a hub's modules come in: two hundred thousand objects, nearly all of which stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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
    _add_account_commands(commands.add_parser("account", help="make and list ChatPion's accounts"))
    _add_key_commands(commands.add_parser("key", help="make, list and revoke keys of such an account"))
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
    _add_directory(parser)
    parser.add_argument("--rotate", action="store_true", help="make new credentials for what exists")


def _add_admin(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_admin)
    parser.add_argument("username", metavar="USERNAME")
    _add_directory(parser)
    parser.add_argument("--revoke", action="store_true", help="make the user an administrator no longer")


def _add_account_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="make an account", allow_abbrev=False)
    add.set_defaults(run=_add_account)
    add.add_argument("name", metavar="NAME", nargs="?", type=_name)
    add.add_argument("--name", dest="named", metavar="NAME", type=_name, help=argparse.SUPPRESS)
    add.add_argument("--email", metavar="ADDRESS")
    add.add_argument("--plan", metavar="PLAN", type=_name, default="free", help="what the API shows as such [free]")
    add.add_argument("--owner", metavar="USERNAME", help="who owns the account's bot")
    _add_directory(add)
    each = commands.add_parser("list", help="list them", allow_abbrev=False)
    each.set_defaults(run=_list_accounts)
    _add_directory(each)


def _add_key_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="make a key, and print it this once", allow_abbrev=False)
    add.set_defaults(run=_add_key)
    _add_key_name(add)
    add.add_argument("--scopes", metavar="SCOPE", nargs="+", default=["*"], help="what it may do [*: everything]")
    each = commands.add_parser("list", help="list them, without their secrets", allow_abbrev=False)
    each.set_defaults(run=_list_keys)
    _add_key_account(each)
    revoke = commands.add_parser("revoke", help="end one, at once", allow_abbrev=False)
    revoke.set_defaults(run=_revoke_key)
    _add_key_name(revoke)


def _add_key_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", metavar="NAME", required=True, help="whose keys")
    _add_directory(parser)


def _add_key_name(parser: argparse.ArgumentParser) -> None:
    _add_key_account(parser)
    parser.add_argument("--name", metavar="N", type=_name, required=True, help="what the key is called")


def _add_rotate_master_key(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_rotate_master_key)
    _add_directory(parser)
    parser.add_argument(
        "--forget", action="store_true", help="instead end what only older keys know, and drop them; see the manual"
    )


def _add_restored(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_restored)
    _add_directory(parser)


def _add_directory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help=f"the data directory of the hub [{Config().data}]")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the TOML file that the hub is started with")


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


def _name(text: str) -> str:
    if not (0 < len(text) <= MAX_NAME_CHARS and text.isprintable() and text == text.strip()):
        raise argparse.ArgumentTypeError(f"expected a name of 1 to {MAX_NAME_CHARS} printable characters, not {text!r}")
    return text


def _conversation(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text.lstrip("0")) <= 16):
        raise argparse.ArgumentTypeError(f"expected the number of a conversation, not {text!r}")
    return int(text)
