"""Results kept in a file: JSON of one schema, which `hubbub-load schema` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, to_builtins

from loadtest import report
from loadtest.errors import ResultFileError
from loadtest.results import Result

SCHEMA: Final = 1


class ResultFile(Struct, frozen=True, kw_only=True):
    """Runs of one scenario. `scenario` is its table as it was run, `began` are when, in UTC; a run is never edited."""

    schema: int = SCHEMA
    name: str
    scenario: dict[str, Any]
    machine: dict[str, str]
    setting: dict[str, str]
    began: list[str]
    runs: list[Result]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a result file. Each run has `verdict` and `saturated` besides."""
    return msgspec.json.schema(ResultFile)


def read(path: Path) -> ResultFile:
    """Return what a file holds. Raises ResultFileError when it is none of these or of another schema."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=ResultFile)
    except OSError as error:
        raise ResultFileError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ResultFileError(f"{path}: no results: {error}") from error
    if found.schema != SCHEMA:
        raise ResultFileError(f"{path}: has schema {found.schema}, and this program reads {SCHEMA}")
    return found


def write(path: Path, content: ResultFile) -> None:
    """Write the file. Raises ResultFileError when that fails."""
    whole = {**to_builtins(content), "runs": [report.data(run) for run in content.runs]}
    try:
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ResultFileError(f"{path}: {error.strerror}") from error


def joined(old: ResultFile, new: ResultFile) -> ResultFile:
    """Return both as one. Raises ResultFileError unless they are of one scenario on one machine."""
    for what in ("name", "scenario", "machine"):
        if getattr(old, what) != getattr(new, what):
            raise ResultFileError(f"cannot append: the {what} of the results there is another")
    return msgspec.structs.replace(old, began=[*old.began, *new.began], runs=[*old.runs, *new.runs])
