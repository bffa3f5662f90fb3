"""The scenarios of `bench`, and what their figures ought to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loadtest.bot_load import BotLoad
from loadtest.idle_sessions import IdleSessions
from loadtest.results import Aim
from loadtest.room_load import RoomLoad

Scenario = RoomLoad | BotLoad | IdleSessions

NAMES = ("fanout", "publish", "latency", "bots", "idle")
FAN_OUT_CPU_AIMS = {40.0: Aim(value=12.0), 400.0: Aim(value=3.5)}
SENDER_RATE_PER_S = 40.0  # below the 50/s that the hub grants a session
FAN_OUT_SENDERS = 50
MAX_BOTS = 50


@dataclass(frozen=True, kw_only=True)
class Size:
    """What the command line may change: None keeps what the scenario is known for."""

    rate_per_s: float | None = None
    recipients: int | None = None
    quick: bool = False


def choose(names: list[str], size: Size) -> list[Scenario]:
    """Return the scenarios of these names, in the order of `NAMES`."""
    makers = {"fanout": _fan_outs, "publish": _publish, "latency": _latency, "bots": _bots, "idle": _idle}
    return [scenario for name in NAMES if name in names for scenario in makers[name](size)]


def _fan_outs(size: Size) -> list[Scenario]:
    members = size.recipients or (50 if size.quick else 500)
    rates = (size.rate_per_s,) if size.rate_per_s else (40.0,) if size.quick else (40.0, 400.0)
    return [_fan_out(members, rate) for rate in rates]


def _fan_out(members: int, rate: float) -> RoomLoad:
    aims = {"latency.p99": Aim(value=50.0)}
    if members == 500 and rate in FAN_OUT_CPU_AIMS:
        aims["hub_us_per_delivery"] = FAN_OUT_CPU_AIMS[rate]
    senders = min(members, max(FAN_OUT_SENDERS, math.ceil(rate / SENDER_RATE_PER_S)))
    return RoomLoad(
        name=f"fan-out {members} × {rate:g}/s", sizes=(members,), senders=senders, rate_per_s=rate, aims=aims
    )


def _publish(size: Size) -> list[Scenario]:
    rate = size.rate_per_s or (300.0 if size.quick else 3_000.0)
    rooms = max(100 if not size.quick else 20, math.ceil(rate / SENDER_RATE_PER_S))
    aims = {"acked_per_s": Aim(value=0.99 * rate, at_least=True), "acks.p99": Aim(value=100.0)}
    name = f"publish {rate:g}/s over {rooms} rooms"
    return [RoomLoad(name=name, sizes=(2,) * rooms, senders=1, rate_per_s=rate, aims=aims)]


def _latency(size: Size) -> list[Scenario]:
    aims = {"latency.p50": Aim(value=3.0)}
    rate = size.rate_per_s or 20.0
    name = f"latency, quiet hub, {rate:g}/s"
    return [RoomLoad(name=name, sizes=(2,), senders=1, rate_per_s=rate, others_only=True, aims=aims)]


def _bots(size: Size) -> list[Scenario]:
    rates = (size.rate_per_s,) if size.rate_per_s else (50.0,) if size.quick else (100.0, 400.0)
    return [_bots_at(size.recipients or 50, rate) for rate in rates]


def _bots_at(members: int, rate: float) -> BotLoad:
    # Each is heard once a second or more often: the hub closes a connection that is idle for longer than a few.
    bots = min(MAX_BOTS, math.ceil(rate))
    aims = {"acked_per_s": Aim(value=0.99 * rate, at_least=True)}
    if rate <= 100:
        aims["latency.p99"] = Aim(value=50.0)
    name = f"bots over REST, {members} × {rate:g}/s"
    return BotLoad(name=name, bots=bots, members=members, rate_per_s=rate, aims=aims)


def _idle(size: Size) -> list[Scenario]:
    sessions = size.recipients or (100 if size.quick else 2_000)
    aims = {"bytes_per_session": Aim(value=35 * 1024)}
    settle_s = 0.5 if size.quick else 8.0  # actors fall asleep after some seconds
    name = f"{sessions} idle sessions"
    return [IdleSessions(name=name, sessions=sessions, first=sessions // 10, settle_s=settle_s, aims=aims)]
