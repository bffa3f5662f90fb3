"""Scenarios as TOML files: what they may say, and what to make of it.

docs/reference/load.md is the description for people. A key that does not exist is refused by its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from loadtest.bot_load import NO_RATE_LIMIT, BotLoad
from loadtest.errors import ScenarioError, UsageError
from loadtest.idle_sessions import IdleSessions
from loadtest.metrics import metric
from loadtest.nearest import nearest
from loadtest.results import Aim
from loadtest.room_load import RoomLoad, zipf

Positive = Annotated[float, Meta(gt=0)]
AtLeast0 = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Setting: TypeAlias = str | int | float | bool
Load: TypeAlias = RoomLoad | BotLoad | IdleSessions

BUILT_IN: Final = files("loadtest") / "builtin"


class AimSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure ought to be: one of the two."""

    at_most: float | None = None
    at_least: float | None = None


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every scenario may say. `settings` are the hub's, by the names of its configuration."""

    about: str = ""
    seconds: Positive = 10.0
    warm_up_s: AtLeast0 = 1.0
    settings: dict[str, Setting] = {}
    aims: dict[str, AimSpec] = {}


class Talk(Spec, frozen=True, kw_only=True, tag="talk"):
    """People talk in `rooms`, the largest of `members`, the n-th of `members / n ** zipf`, never fewer than two."""

    rate_per_s: Positive
    rooms: Count = 1
    members: Annotated[int, Meta(ge=2)] = 2
    zipf: AtLeast0 = 0.0
    senders: Count | None = None
    conversation: Literal["closed", "open", "direct"] = "closed"
    hear: Literal["all", "others"] = "all"


class Bots(Spec, frozen=True, kw_only=True, tag="bots"):
    """`bots` post over REST into one room of `members`."""

    rate_per_s: Positive
    bots: Count = 50
    members: Count = 50


class Idle(Spec, frozen=True, kw_only=True, tag="idle"):
    """`sessions` sign in and say nothing, after a tenth as many that make the hub warm."""

    sessions: Count
    settle_s: AtLeast0 = 8.0


AnySpec: TypeAlias = Talk | Bots | Idle
KINDS: Final[Mapping[str, type[AnySpec]]] = {"talk": Talk, "bots": Bots, "idle": Idle}


def built_in() -> list[str]:
    """Return the names of the scenarios that are shipped."""
    return sorted(Path(each.name).stem for each in BUILT_IN.iterdir() if each.name.endswith(".toml"))


def find(name: str) -> tuple[str, str]:
    """Return name and text of a scenario: a shipped one, or that of a file whose name ends in `.toml`.

    Raises ScenarioError when there is none.
    """
    if not name.endswith(".toml"):
        if name not in built_in():
            raise ScenarioError(f"no scenario {name}; the nearest one is {nearest(name, built_in())}")
        return name, (BUILT_IN / f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Path(name).stem, Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{name}: {error}") from error


def table(where: str, text: str, changes: Sequence[str] = ()) -> dict[str, Any]:
    """Return the table of a scenario with `key=value` changes made, not yet checked. Raises ScenarioError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where}: {error}") from error
    for change in changes:
        _change(found, change)
    return found


def check(where: str, content: Mapping[str, Any]) -> AnySpec:
    """Return what a table says. Raises ScenarioError that names the key, for an unknown one also the nearest."""
    kind = str(content.get("kind", ""))
    if kind not in KINDS:
        raise ScenarioError(f"{where}: kind: is {kind or 'missing'}; there are {', '.join(KINDS)}")
    try:
        _no_unknown_key("", {key: value for key, value in content.items() if key != "kind"}, KINDS[kind])
        spec = msgspec.convert(content, KINDS[kind])
        _consistent(spec)
    except (msgspec.ValidationError, UsageError) as error:
        raise ScenarioError(f"{where}: {error}") from error
    return spec


def load(name: str, spec: AnySpec) -> Load:
    """Return what is to be run."""
    settings, aims = _settings(spec.settings), {key: _aim(value) for key, value in spec.aims.items()}
    match spec:
        case Talk():
            return RoomLoad(
                name=name,
                sizes=zipf(spec.rooms, spec.members, spec.zipf),
                senders=spec.senders or spec.members,
                rate_per_s=spec.rate_per_s,
                conversation=spec.conversation,
                others_only=spec.hear == "others",
                settings=settings,
                aims=aims,
            )
        case Bots(rate_per_s=rate, bots=bots, members=members):
            freed = {**NO_RATE_LIMIT, **settings}
            return BotLoad(name=name, bots=bots, members=members, rate_per_s=rate, settings=freed, aims=aims)
        case Idle(sessions=sessions, settle_s=settle_s):
            first = max(1, sessions // 10)
            return IdleSessions(
                name=name, sessions=sessions, first=first, settle_s=settle_s, settings=settings, aims=aims
            )


def _change(content: dict[str, Any], change: str) -> None:
    path, equals, value = change.partition("=")
    if not equals:
        raise UsageError(f"{change}: expected KEY=VALUE")
    *tables, key = path.strip().split(".", 1)
    target = content
    for name in tables:
        target = target.setdefault(name, {})
    if not isinstance(target, dict):
        raise UsageError(f"{change}: {tables[-1]} has no keys")
    target[key] = _value(value)


def _value(text: str) -> Any:
    """Return what TOML makes of it; what is no TOML is a string, so that quotes are not needed twice in a shell."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _no_unknown_key(path: str, content: Mapping[str, Any], what: type[Struct]) -> None:
    known = [field.name for field in msgspec.structs.fields(what)]
    for key, value in content.items():
        if key not in known:
            raise UsageError(f"{path}{key}: unknown key; the nearest one is {path}{nearest(key, known)}")
        if key == "aims" and isinstance(value, dict):
            for name, aim in value.items():
                metric(name)
                _no_unknown_key(f"aims.{name}.", aim if isinstance(aim, dict) else {}, AimSpec)


def _consistent(spec: AnySpec) -> None:
    for name, aim in spec.aims.items():
        if (aim.at_most is None) is (aim.at_least is None):
            raise UsageError(f"aims.{name}: expected one of at_most and at_least")
    if isinstance(spec, Talk):
        if spec.conversation == "direct" and spec.members != 2:
            raise UsageError("members: a direct conversation has two")
        if spec.hear == "others" and (spec.senders or spec.members) >= spec.members:
            raise UsageError('senders: with hear = "others" somebody must not be one')


def _settings(given: Mapping[str, Setting]) -> dict[str, str]:
    return {
        f"HUBBUB_{key.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in given.items()
    }


def _aim(given: AimSpec) -> Aim:
    if given.at_most is not None:
        return Aim(value=given.at_most)
    return Aim(value=given.at_least or 0.0, at_least=True)
