"""The provisioning file: read, checked as a whole, and turned into frozen entries. No I/O, no database.

Every complaint names the place in the file: `users[3].role: expected "admin" or "user"`. What can only be known from
the database (does that owner exist?) is checked by storage, which names places in the same way.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from actors.chatpion.scopes import SCOPES
from actors.order.company import Company
from actors.order.settings import BadSettings, parse_company
from hub.config.kinds import Choice, Kind, ListOf, Text, Url
from storage import NewAccount, NewBot, NewConversation, NewKey, NewUser

NAME = Text("a name of 1 to 100 printable characters", maximum=100)
USERNAME = Text("a name of 1 to 100 printable characters without spaces", maximum=100, spaces=False)
NAMES = ListOf(NAME, maximum=100_000)
EMAIL = Text("an email address", maximum=254, spaces=False)
HTTP_URL = Url(("http", "https"))
COMPANIES = "companies"


class ProvisionFileError(Exception):
    """The file cannot be used, and nothing of it was; the message is the one line to print."""


class UserDraft(NamedTuple):
    """A user to be, whose password is still to be hashed."""

    user: NewUser
    password: str | None

    def __repr__(self) -> str:
        return f"UserDraft({self.user!r})"


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a file asks for, in its order."""

    users: tuple[UserDraft, ...] = ()
    bots: tuple[NewBot, ...] = ()
    conversations: tuple[NewConversation, ...] = ()
    accounts: tuple[NewAccount, ...] = ()
    companies: tuple[Company, ...] = ()
    folder: Path = Path()
    """Where the paths of photos begin."""


class Field(NamedTuple):
    """What an entry may say under one key; without `default` it must."""

    kind: Kind
    default: Any = ...


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of tables, each with these fields."""

    fields: Mapping[str, Field]
    expected: str = "a list of tables (in JSON: of objects)"

    def parse(self, text: str) -> Any:
        return json.loads(text)

    def read(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError
        return value


USER = {
    "username": Field(USERNAME),
    "password": Field(Text("a text of 1 to 1024 characters", maximum=1_024, printable=False), None),
    "role": Field(Choice(("admin", "user")), "user"),
    "fullname": Field(NAME, None),
    "email": Field(EMAIL, None),
}
BOT = {
    "name": Field(NAME),
    "owner": Field(USERNAME, None),
    "webhook_url": Field(HTTP_URL, None),
    "events_url": Field(HTTP_URL, None),
    "avatar": Field(HTTP_URL, None),
    "description": Field(Text("a text of 1 to 2000 characters", maximum=2_000, printable=False), None),
    "json_reply": Field(Choice(("attach", "ignore")), "attach"),
}
CONVERSATION = {
    "name": Field(NAME),
    "kind": Field(Choice(("closed", "open", "direct")), "closed"),
    "members": Field(NAMES, ()),
    "bots": Field(NAMES, ()),
}
KEY = {"name": Field(NAME), "scopes": Field(ListOf(Choice(SCOPES)), ("*",))}
ACCOUNT = {
    "name": Field(NAME),
    "email": Field(EMAIL, None),
    "plan": Field(NAME, "free"),
    "owner": Field(USERNAME, None),
    "api_keys": Field(Entries(KEY), ()),
}
SECTIONS = {"users": USER, "bots": BOT, "conversations": CONVERSATION, "accounts": ACCOUNT}


def parse(data: bytes, folder: Path = Path()) -> Draft:
    """Return what a JSON or TOML file asks for. Raises ProvisionFileError for the first thing that is wrong.

    `folder` is where the file is.
    """
    table = _table(data)
    _know(table, [*SECTIONS, COMPANIES], "")
    users = _section(table, "users")
    bots = _section(table, "bots")
    conversations = _section(table, "conversations")
    accounts = _section(table, "accounts")
    _check_unique("users", "username", users)
    _check_unique("bots", "name", bots)
    _check_unique("conversations", "name", conversations)
    _check_unique("accounts", "name", accounts)
    return Draft(
        tuple(UserDraft(user=NewUser(**entry), password=password) for password, entry in map(_part_password, users)),
        tuple(NewBot(**entry) for entry in bots),
        tuple(NewConversation(**entry) for entry in conversations),
        tuple(map(_account, accounts)),
        _companies(table),
        folder,
    )


def _account(entry: dict[str, Any]) -> NewAccount:
    return NewAccount(**entry | {"api_keys": tuple(NewKey(**key) for key in entry["api_keys"])})


def _companies(table: Mapping[str, Any]) -> tuple[Company, ...]:
    """Their form is that of the API's, and so they are read by the same."""
    try:
        found = [
            parse_company(entry, f"{COMPANIES}[{index}]") for index, entry in enumerate(_list_at(table, COMPANIES))
        ]
    except BadSettings as error:
        raise ProvisionFileError(str(error)) from error
    _check_unique(COMPANIES, "company_id", [{"company_id": each.company_id} for each in found])
    return tuple(found)


def _table(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProvisionFileError("is not UTF-8") from error
    # No TOML document begins with a brace, every JSON object does.
    form, read = ("JSON", _read_json) if text.lstrip().startswith("{") else ("TOML", tomllib.loads)
    try:
        return read(text)
    except (ValueError, RecursionError) as error:
        raise ProvisionFileError(f"is not {form}: {_printable(error)}") from error


def _read_json(text: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(text, object_pairs_hook=_without_doubles)
    return table


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        double = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {double!r} stands twice in one object")
    return table


def _section(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [_entry(entry, SECTIONS[name], f"{name}[{index}]") for index, entry in enumerate(_list_at(table, name))]


def _list_at(table: Mapping[str, Any], name: str) -> list[Any]:
    entries = table.get(name, [])
    if not isinstance(entries, list):
        raise ProvisionFileError(f"{name}: expected a list")
    return entries


def _entry(entry: Any, fields: Mapping[str, Field], where: str) -> dict[str, Any]:
    table = _expect_table(entry, where)
    _know(table, fields, f"{where}.")
    return {key: _value(table, key, field, f"{where}.{key}") for key, field in fields.items()}


def _value(table: Mapping[str, Any], key: str, field: Field, where: str) -> Any:
    value = table.get(key)
    if value is None:  # absent, or null: JSON's way to say so
        if field.default is ...:
            raise ProvisionFileError(f"{where}: is missing; expected {field.kind.expected}")
        return field.default
    if isinstance(field.kind, ListOf) and isinstance(value, list):
        return _list(field.kind.entry, value, where)
    value = _read(field.kind, value, where)
    return _entries(field.kind, value, where) if isinstance(field.kind, Entries) else value


def _list(kind: Kind, values: list[Any], where: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for index, value in enumerate(values):
        entry = _read(kind, value, f"{where}[{index}]")
        if entry in found:
            raise ProvisionFileError(f"{where}[{index}]: {entry!r} stands in the list already")
        found[entry] = None
    return tuple(found)


def _entries(kind: Entries, values: list[Any], where: str) -> tuple[dict[str, Any], ...]:
    entries = [_entry(value, kind.fields, f"{where}[{index}]") for index, value in enumerate(values)]
    _check_unique(where, "name", entries)
    return tuple(entries)


def _read(kind: Kind, value: Any, where: str) -> Any:
    try:
        return kind.read(value)
    except (ValueError, TypeError) as error:
        raise ProvisionFileError(f"{where}: expected {kind.expected}") from error


def _know(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in table:
        if key in known:
            continue
        near = difflib.get_close_matches(key.lower(), list(known), n=1, cutoff=0)[0]
        raise ProvisionFileError(f"{where}{_printable(key)}: unknown key; the nearest one is {near}")


def _expect_table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProvisionFileError(f"{where}: expected a table (in JSON: an object)")
    return value


def _check_unique(section: str, key: str, entries: Sequence[Mapping[str, Any]]) -> None:
    seen: dict[str, int] = {}
    for index, name in enumerate(entry[key] for entry in entries):
        first = seen.setdefault(name, index)
        if first != index:
            raise ProvisionFileError(f"{section}[{index}].{key}: {name!r} stands in {section}[{first}] already")


def _part_password(entry: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    return entry.pop("password"), entry


def _printable(value: object, limit: int = 200) -> str:
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) <= limit else text[:limit] + "…"
