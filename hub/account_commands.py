"""The command line of ChatPion's accounts and keys: `hubbub account add|list`, `hubbub key add|list|revoke`.

As in `hub.cli`, what a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.command_parts import add_directory, loading
from hub.errors import DONE, UNUSABLE, CommandError
from protocol.codes import MAX_NAME_CHARS

if TYPE_CHECKING:
    from hub.chores import AnyChore


def add_account_commands(parser: argparse.ArgumentParser) -> None:
    """Make the parser of `hubbub account`."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="make an account", allow_abbrev=False)
    add.set_defaults(run=_add_account)
    add.add_argument("name", metavar="NAME", nargs="?", type=_name)
    add.add_argument("--name", dest="named", metavar="NAME", type=_name, help=argparse.SUPPRESS)
    add.add_argument("--email", metavar="ADDRESS")
    add.add_argument("--plan", metavar="PLAN", type=_name, default="free", help="what the API shows as such [free]")
    add.add_argument("--owner", metavar="USERNAME", help="who owns the account's bot")
    add_directory(add)
    each = commands.add_parser("list", help="list them", allow_abbrev=False)
    each.set_defaults(run=_list_accounts)
    add_directory(each)


def add_key_commands(parser: argparse.ArgumentParser) -> None:
    """Make the parser of `hubbub key`."""
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
    add_directory(parser)


def _add_key_name(parser: argparse.ArgumentParser) -> None:
    _add_key_account(parser)
    parser.add_argument("--name", metavar="N", type=_name, required=True, help="what the key is called")


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
    with loading():
        from hub import commands

    commands.do_chore(chore, data=options.data, config=options.config)
    return DONE


def _name(text: str) -> str:
    if not (0 < len(text) <= MAX_NAME_CHARS and text.isprintable() and text == text.strip()):
        raise argparse.ArgumentTypeError(f"expected a name of 1 to {MAX_NAME_CHARS} printable characters, not {text!r}")
    return text
