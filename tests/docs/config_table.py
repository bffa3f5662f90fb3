"""How the configuration reference shows what the code holds."""

from __future__ import annotations

import json
from typing import NamedTuple

from hub.config.kinds import TableOf
from hub.config.model import Setting


class Row(NamedTuple):
    """One key as the document tells it."""

    key: str
    takes: str
    default: str
    heading: str


def shown_default(what: Setting, value: object) -> str:
    """Return the default of a key as one would write it in TOML; `none` for what TOML cannot say."""
    return "{}" if isinstance(what.kind, TableOf) and not value else _shown(value)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return "[" + ", ".join(_shown(entry) for entry in value) + "]"
    if isinstance(value, bool):
        return json.dumps(value)
    return f"{value:.15g}" if isinstance(value, int | float) else json.dumps(str(value))


def rows(document: str) -> list[Row]:
    """Return every row of every table whose first cell is a key, with the heading it stands under."""
    found, heading = [], ""
    for line in document.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if line.startswith("| `"):
            key, takes, default, _ = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append(Row(key.strip("`"), takes, default, heading))
    return found
