"""A contest kept in a file: JSON of one schema, which `hubbub-load schema peers` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from loadtest.contest.ledger import Row, find
from loadtest.errors import ResultFileError

SCHEMA: Final = 1


class Known(Struct, frozen=True, kw_only=True):
    """A contestant: what it is, in which versions, and what is on disk before anybody hears of a message."""

    about: str
    versions: str
    stores: str


class ContestFile(Struct, frozen=True, kw_only=True):
    """What was measured, where, and who could not take part and why; `works` and `contestants` by their names."""

    schema: int = SCHEMA
    machine: dict[str, str]
    setting: dict[str, str]
    works: dict[str, str]
    contestants: dict[str, Known]
    skipped: dict[str, str]
    rows: list[Row]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of such a file."""
    return msgspec.json.schema(ContestFile)


def read(path: Path) -> ContestFile:
    """Return what a file holds. Raises ResultFileError when it is none of these or of another schema."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=ContestFile)
    except OSError as error:
        raise ResultFileError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ResultFileError(f"{path}: no contest: {error}") from error
    if found.schema != SCHEMA:
        raise ResultFileError(f"{path}: has schema {found.schema}, and this program reads {SCHEMA}")
    return found


def write(path: Path, content: ContestFile) -> None:
    """Write the file. Raises ResultFileError when that fails."""
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    except OSError as error:
        raise ResultFileError(f"{path}: {error.strerror}") from error


def joined(old: ContestFile, new: ContestFile) -> ContestFile:
    """Return both as one: the trials of a row that is in both stand in one. Raises ResultFileError if elsewhere."""
    for what in ("machine", "setting"):
        if getattr(old, what) != getattr(new, what):
            raise ResultFileError(f"cannot append: the {what} of the results there is another")
    rows = [_with(row, find(new.rows, row.work, row.contestant)) for row in old.rows]
    rows += [row for row in new.rows if find(old.rows, row.work, row.contestant) is None]
    return msgspec.structs.replace(
        new,
        works={**old.works, **new.works},
        contestants={**old.contestants, **new.contestants},
        skipped={name: why for name, why in {**old.skipped, **new.skipped}.items() if name not in new.contestants},
        rows=rows,
    )


def _with(row: Row, more: Row | None) -> Row:
    return row if more is None else msgspec.structs.replace(row, trials=[*row.trials, *more.trials])
