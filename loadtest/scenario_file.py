"""Scenarios as TOML files: what they may say, and what to make of it.

docs/reference/load.md is the description for people. A key that does not exist is refused by its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from loadtest import asks_bots
from loadtest.bot_load import NO_RATE_LIMIT, BotLoad
from loadtest.calling import LOOPBACK, Calling
from loadtest.dashboards import Dashboards
from loadtest.day import Day
from loadtest.errors import ScenarioError, UsageError
from loadtest.idle_sessions import MOST_FIRST, IdleSessions, room_for
from loadtest.metrics import metric
from loadtest.nearest import nearest
from loadtest.results import Aim
from loadtest.room_load import RoomLoad, zipf
from loadtest.slowness import Slowness
from loadtest.specs import (
    KINDS,
    AimSpec,
    AnySpec,
    Bots,
    Idle,
    Mixed,
    ReconnectStorm,
    Setting,
    SlowConsumers,
    Talk,
    Watched,
    Webhooks,
)
from loadtest.storm import Storm

Load: TypeAlias = RoomLoad | BotLoad | Dashboards | IdleSessions | Storm | Slowness | Calling | Day

BUILT_IN: Final = files("loadtest") / "builtin"


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
                processes=spec.processes,
                settings=settings,
                aims=aims,
            )
        case Bots():
            return BotLoad(
                name=name,
                bots=spec.bots,
                members=spec.members,
                rate_per_s=spec.rate_per_s,
                client=spec.client,
                processes=spec.processes,
                settings={**NO_RATE_LIMIT, **settings},
                aims=aims,
            )
        case Watched(rate_per_s=rate, members=members):
            return Dashboards(name=name, members=members, rate_per_s=rate, settings=settings, aims=aims)
        case Idle(sessions=sessions, settle_s=settle_s):
            first = min(max(1, sessions // 10), MOST_FIRST)
            roomy = {**room_for(first + sessions), **settings}
            return IdleSessions(name=name, sessions=sessions, first=first, settle_s=settle_s, settings=roomy, aims=aims)
        case SlowConsumers():
            return Slowness(name=name, spec=spec, settings=settings, aims=aims)
        case Webhooks():
            return Calling(name=name, spec=spec, settings={**LOOPBACK, **settings}, aims=aims)
        case Mixed():
            return Day(name=name, spec=spec, settings={**NO_RATE_LIMIT, **settings}, aims=aims)
        case ReconnectStorm():
            return Storm(name=name, spec=spec, settings=settings, aims=aims)


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
    if isinstance(spec, Bots) and spec.client == "asks":
        asks_bots.client()
        if spec.processes == 1:
            raise UsageError('processes: with client = "asks" one listens, and another must post')
    if isinstance(spec, Talk):
        _consistent_talk(spec)
    if isinstance(spec, Mixed):
        _consistent_mixed(spec)
    if isinstance(spec, Webhooks):
        _consistent_webhooks(spec)


def _consistent_talk(spec: Talk) -> None:
    if spec.conversation == "direct" and spec.members != 2:
        raise UsageError("members: a direct conversation has two")
    if spec.hear == "others" and (spec.senders or spec.members) >= spec.members:
        raise UsageError('senders: with hear = "others" somebody must not be one')


def _consistent_mixed(spec: Mixed) -> None:
    if spec.members > spec.users or 2 * spec.direct > spec.users:
        raise UsageError("users: too few for the largest room, or for pairs of which each is somebody else's")
    if spec.bots and spec.rate_per_s * spec.bot_share < spec.bots:
        raise UsageError("bots: each must post once a second: the hub closes connections that are idle for longer")


def _consistent_webhooks(spec: Webhooks) -> None:
    if spec.direct > spec.bots:
        raise UsageError("direct: there are no more such rooms than bots")
    if spec.replies and spec.calls == "events":
        raise UsageError('replies: nobody reads the answers to calls = "events"')


def _settings(given: Mapping[str, Setting]) -> dict[str, str]:
    return {
        f"HUBBUB_{key.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in given.items()
    }


def _aim(given: AimSpec) -> Aim:
    if given.at_most is not None:
        return Aim(value=given.at_most)
    return Aim(value=given.at_least or 0.0, at_least=True)
