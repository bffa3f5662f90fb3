"""What scenario files may say: a type for each `kind`. docs/reference/load.md is the description for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

Positive = Annotated[float, Meta(gt=0)]
AtLeast0 = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Setting: TypeAlias = str | int | float | bool


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
    processes: Count | None = None


class Bots(Spec, frozen=True, kw_only=True, tag="bots"):
    """`bots` post over REST into one room of `members`."""

    rate_per_s: Positive
    bots: Count = 50
    members: Count = 50
    client: Literal["raw", "asks"] = "raw"
    processes: Count | None = None


class Watched(Spec, frozen=True, kw_only=True, tag="dashboards"):
    """A bot writes log lines over REST, and `members` sockets of its owner are shown them over Socket.IO."""

    rate_per_s: Positive
    members: Annotated[int, Meta(ge=1)] = 200


class Idle(Spec, frozen=True, kw_only=True, tag="idle"):
    """`sessions` sign in and say nothing, after a tenth as many (500 at most) that make the hub warm."""

    sessions: Count
    settle_s: AtLeast0 = 8.0


class ReconnectStorm(Spec, frozen=True, kw_only=True, tag="reconnect-storm"):
    """The hub is killed under `clients` in rooms of `members`, `kill_after_s` into the measured phase."""

    rate_per_s: Positive
    clients: Annotated[int, Meta(ge=2)] = 5_000
    members: Annotated[int, Meta(ge=2)] = 50
    kill_after_s: AtLeast0 = 2.0
    comeback: Literal["back-off", "at-once"] = "back-off"


class SlowConsumers(Spec, frozen=True, kw_only=True, tag="slow-consumers"):
    """`slow_share` of the `members` of one room read nothing for `stop_s`, from `stop_after_s` on.

    `receive_bytes` is what their sockets take in meanwhile, as the kernel counts.
    """

    rate_per_s: Positive
    members: Annotated[int, Meta(ge=3)] = 100
    slow_share: Annotated[float, Meta(gt=0, le=0.5)] = 0.2
    body_bytes: Annotated[int, Meta(ge=1, le=9_000)] = 4_000
    receive_bytes: Annotated[int, Meta(ge=4_096)] = 65_536
    stop_after_s: AtLeast0 = 2.0
    stop_s: Positive = 15.0


class Webhooks(Spec, frozen=True, kw_only=True, tag="webhooks"):
    """Each of the `bots` has a room of `members` people, or for the first `direct` ones one person to itself.

    `calls` says which of their addresses the hub calls; with `replies` the answer to each call is said in the room.
    """

    rate_per_s: Positive
    bots: Count = 20
    members: Annotated[int, Meta(ge=1)] = 10
    direct: Annotated[int, Meta(ge=0)] = 5
    calls: Literal["cordless", "events"] = "cordless"
    replies: bool = False


class Mixed(Spec, frozen=True, kw_only=True, tag="mixed"):
    """`users` in `rooms` of falling sizes and in `direct` pairs. `bot_share` of the messages are posted by `bots`.

    The other rates are of what people do besides, in all.
    """

    rate_per_s: Positive
    users: Annotated[int, Meta(ge=3)] = 300
    rooms: Count = 50
    members: Annotated[int, Meta(ge=3)] = 100
    zipf: AtLeast0 = 1.0
    direct: Annotated[int, Meta(ge=0)] = 10
    bots: Annotated[int, Meta(ge=0)] = 5
    bot_share: Annotated[float, Meta(gt=0, le=1)] = 0.1
    typing_per_s: AtLeast0 = 20.0
    reads_per_s: AtLeast0 = 50.0
    edits_per_s: AtLeast0 = 5.0
    reactions_per_s: AtLeast0 = 10.0
    reconnects_per_s: AtLeast0 = 1.0


AnySpec: TypeAlias = Talk | Bots | Watched | Idle | ReconnectStorm | SlowConsumers | Webhooks | Mixed
KINDS: Final[Mapping[str, type[AnySpec]]] = {
    "talk": Talk,
    "bots": Bots,
    "idle": Idle,
    "dashboards": Watched,
    "reconnect-storm": ReconnectStorm,
    "slow-consumers": SlowConsumers,
    "webhooks": Webhooks,
    "mixed": Mixed,
}
