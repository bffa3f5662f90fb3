"""Everything that Bot Manager is made of, put together once for the hub and once for each test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.auth.guesses import Guesses
from actors.ports import (
    Accounts,
    Addresses,
    BotFiles,
    BotSettings,
    Clock,
    Commands,
    Doorbell,
    Feed,
    Library,
    Numbers,
    Passwords,
    People,
    Records,
    WebSessions,
    Whereabouts,
)
from actors.values import BotLog, BotMessage
from http_edge.dialects.botmanager.auth_routes import AuthRoutes
from http_edge.dialects.botmanager.bots import BotSection
from http_edge.dialects.botmanager.bridging import Bridging
from http_edge.dialects.botmanager.callers import Callers
from http_edge.dialects.botmanager.commands import CommandSection
from http_edge.dialects.botmanager.data import DataSection
from http_edge.dialects.botmanager.dialect import BotManager
from http_edge.dialects.botmanager.exports import ExportSection
from http_edge.dialects.botmanager.feed import LiveFeed
from http_edge.dialects.botmanager.guard import Guard
from http_edge.dialects.botmanager.health import Health
from http_edge.dialects.botmanager.live import Live
from http_edge.dialects.botmanager.my_bots import MyBots
from http_edge.dialects.botmanager.passwords import Desk
from http_edge.dialects.botmanager.records import RecordSection
from http_edge.dialects.botmanager.routes import Section
from http_edge.dialects.botmanager.sight import Sight
from http_edge.dialects.botmanager.statistics import StatisticsSection
from http_edge.dialects.botmanager.user_routes import UserRoutes
from http_edge.gateway import Gateway
from http_edge.origins import Origins


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the dialect needs of the hub. `trouble` says why the hub takes no writes now, None when it does.

    `opens_bot_endpoints`, `open_to_all` and `requests_per_min` are `open_bot_endpoints`, `registration` and
    `register_rate_per_min`.
    """

    accounts: Accounts
    addresses: Addresses
    library: Library
    people: People
    sessions: WebSessions
    commands: Commands
    settings: BotSettings
    logs: Records[BotLog]
    messages: Records[BotMessage]
    files: BotFiles
    feed: Feed
    numbers: Numbers
    passwords: Passwords
    guesses: Guesses
    whereabouts: Whereabouts
    clock: Clock
    gateway: Gateway
    origins: Origins
    trouble: Callable[[], str | None]
    opens_bot_endpoints: bool = False
    open_to_all: bool = True
    requests_per_min: int = 60


def assemble(parts: Parts) -> BotManager:
    """Return the dialect with all its sections."""
    people, bots, gateway = parts.people, parts.whereabouts, parts.gateway
    guard = _guard(parts)
    numbers, commands = parts.numbers, parts.commands
    return BotManager(
        guard,
        (
            _auth(parts),
            UserRoutes(people=people, whereabouts=bots, gateway=gateway),
            MyBots(people=people, accounts=parts.accounts, numbers=numbers, whereabouts=bots, gateway=gateway),
            BotSection(
                gateway=gateway,
                people=people,
                whereabouts=bots,
                commands=commands,
                settings=parts.settings,
                numbers=numbers,
                bridging=_bridging(parts),
            ),
            CommandSection(
                guard=guard, gateway=gateway, queues=commands, people=people, whereabouts=bots, clock=parts.clock
            ),
            *_records(parts, guard),
            Health(parts.clock, parts.trouble),
        ),
    )


def assemble_live(parts: Parts, feed: LiveFeed, doorbell: Doorbell) -> Live:
    """Return what stands behind the dialect's sockets, which are shown what goes through `feed`."""
    return Live(
        feed=feed,
        callers=Callers(parts.accounts, parts.sessions, parts.gateway),
        guard=_guard(parts),
        gateway=parts.gateway,
        people=parts.people,
        queues=parts.commands,
        doorbell=doorbell,
        clock=parts.clock,
    )


def _records(parts: Parts, guard: Guard) -> Sequence[Section]:
    """Return what is about the records of bots."""
    gateway, feed, clock, logs, messages = parts.gateway, parts.feed, parts.clock, parts.logs, parts.messages
    sight = Sight(guard, parts.people, gateway)
    return (
        RecordSection(
            sight=sight,
            gateway=gateway,
            logs=logs,
            messages=messages,
            feed=feed,
            clock=clock,
            bridging=_bridging(parts),
        ),
        DataSection(gateway=gateway, files=parts.files, feed=feed, clock=clock),
        StatisticsSection(
            sight=sight,
            gateway=gateway,
            people=parts.people,
            commands=parts.commands,
            logs=logs,
            messages=messages,
            feed=feed,
        ),
        ExportSection(
            sight=sight,
            gateway=gateway,
            commands=parts.commands,
            logs=logs,
            messages=messages,
            files=parts.files,
            whereabouts=parts.whereabouts,
            clock=clock,
        ),
    )


def _bridging(parts: Parts) -> Bridging:
    return Bridging(parts.library, parts.addresses, parts.gateway)


def _guard(parts: Parts) -> Guard:
    return Guard(
        callers=Callers(parts.accounts, parts.sessions, parts.gateway),
        people=parts.people,
        whereabouts=parts.whereabouts,
        gateway=parts.gateway,
        origins=parts.origins,
        opens_bot_endpoints=parts.opens_bot_endpoints,
    )


def _auth(parts: Parts) -> AuthRoutes:
    desk = Desk(parts.passwords, parts.guesses, parts.gateway, requests_per_min=parts.requests_per_min)
    return AuthRoutes(
        people=parts.people,
        accounts=parts.accounts,
        sessions=parts.sessions,
        gateway=parts.gateway,
        desk=desk,
        open_to_all=parts.open_to_all,
    )
