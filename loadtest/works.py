"""The works of `bench`: which there are, and what of them the command line wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import Struct

from loadtest import scenario_file
from loadtest.scenario_file import Load
from loadtest.specs import AnySpec

TABLE: Final = files("loadtest") / "works.toml"
IDLE: Final = "idle"
SIZED_BY: Final = {IDLE: "sessions", "reconnect-storm": "clients"}
"""The kinds whose size is not said by `members`."""


class Work(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of `works.toml`. `quick` is None for a work that a quick try leaves out."""

    group: str
    name: str
    scenario: str
    once: bool = False
    set: dict[str, Any] = {}
    quick: dict[str, Any] | None = None
    aims: dict[str, Any] = {}


class Wish(Struct, frozen=True, kw_only=True):
    """What the command line changes. A changed load has no aims: the table's are for its own."""

    rate_per_s: float | None = None
    recipients: int | None = None
    quick: bool = False

    @property
    def is_other(self) -> bool:
        """Whether any work is other than the table has it."""
        return self.quick or self.rate_per_s is not None or self.recipients is not None


class Prepared(Struct, frozen=True, kw_only=True):
    """A work ready to be run."""

    name: str
    load: Load
    spec: AnySpec
    once: bool


def works() -> list[Work]:
    """Return the whole table."""
    content = msgspec.toml.decode(TABLE.read_bytes(), type=dict[str, list[Work]])
    return content["work"]


def groups() -> list[str]:
    """Return the names by which works are chosen."""
    return list(dict.fromkeys(work.group for work in works()))


def choose(names: Sequence[str], wish: Wish) -> list[Prepared]:
    """Return the works of these groups as wished, in the table's order. A changed load stands for its whole group."""
    found = [work for work in works() if work.group in names and (work.quick is not None or not wish.quick)]
    if wish.rate_per_s is not None or wish.recipients is not None:
        found = list({work.group: work for work in reversed(found)}.values())[::-1]
    return [_prepared(work, wish) for work in found]


def _prepared(work: Work, wish: Wish) -> Prepared:
    content = scenario_file.table(work.scenario, scenario_file.find(work.scenario)[1])
    content |= {**work.set, "aims": {} if wish.is_other else work.aims}
    if wish.quick:
        content |= work.quick or {}
    spec = scenario_file.check(work.name, {**content, **_changed(content, wish)})
    name = f"{work.name}, changed" if wish.is_other else work.name
    return Prepared(name=name, load=scenario_file.load(name, spec), spec=spec, once=work.once)


def _changed(content: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    """Return the keys of a scenario that say what is wished, by the names that its kind has for them."""
    changed: dict[str, Any] = {}
    kind = content["kind"]
    if wish.rate_per_s is not None and kind != IDLE:
        changed["rate_per_s"] = wish.rate_per_s
    if wish.recipients is not None:
        changed[SIZED_BY.get(kind, "members")] = wish.recipients
    return changed
