"""Every kind of actor that a hub has, with what each needs of the outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from actors.account.actor import account_kind
from actors.account.helpdesk import helpdesk_kind
from actors.attendance import Attendance
from actors.auth.doorman import Doorman
from actors.bot.kind import bot_kind
from actors.conversation import Settings, conversation_kind
from actors.ports import Clock, Feed, Mailer
from actors.presence.actor import presence_kind
from actors.runtime import Kind
from actors.session.actor import session_kind
from actors.session.desk import desk_kind
from actors.switchboard import Switchboard
from actors.view.actor import view_kind
from actors.webhook.inside import Inside
from actors.webhook.kind import webhook_kind
from actors.window import Span
from hub.botlive import order_kinds
from hub.chatpion import outside_of, subscriber_kinds
from hub.config import Config
from hub.meters import CallCounts, HubMeters
from hub.outbound import Client, Guard
from hub.outbound import Limits as CallLimits
from protocol.codes import MAX_BODY_CHARS, MAX_INBOUND_BYTES, MAX_PAGE
from protocol.frames import Limits
from storage import Storage

CALL_S: Final = 30.0
"""What a call of a webhook may take in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """What kinds of actors are made of."""

    config: Config
    storage: Storage
    switchboard: Switchboard
    attendance: Attendance
    doorman: Doorman
    feed: Feed
    mailer: Mailer
    clock: Clock
    meters: HubMeters
    calls: CallCounts
    public_url: str


def all_kinds(cast: Cast) -> list[Kind[Any]]:
    """Return them all."""
    return [*_kinds(cast), _bots(cast), *_accounts(cast), *_subscribers(cast), *_orders(cast), _webhooks(cast)]


def _kinds(cast: Cast) -> list[Kind[Any]]:
    """Return every kind of actor with what it needs of the outside."""
    return [
        conversation_kind(
            log=cast.storage.log,
            library=cast.storage.library,
            switchboard=cast.switchboard,
            clock=cast.clock,
            numbers=cast.storage.numbers,
            meters=cast.meters,
            addresses=cast.storage.addresses,
            settings=Settings(
                replay_events=cast.config.replay_events,
                coalesce_ms=cast.config.coalesce_ms,
                mailbox_limit=cast.config.mailbox_limit,
            ),
        ),
        session_kind(
            switchboard=cast.switchboard,
            library=cast.storage.library,
            clock=cast.clock,
            limits=_limits(cast.config),
            presence_members=cast.config.presence_members,
            heartbeat_ms=round(cast.config.heartbeat_ping_s * 1_000),
            mailbox_limit=cast.config.mailbox_limit,
        ),
        desk_kind(
            switchboard=cast.switchboard,
            library=cast.storage.library,
            accounts=cast.storage.accounts,
            attachments=cast.storage.attachments,
            numbers=cast.storage.numbers,
            doorkeeper=cast.doorman,
        ),
        presence_kind(switchboard=cast.switchboard, clock=cast.clock),
        view_kind(views=cast.storage.views),
    ]


def _bots(cast: Cast) -> Kind[Any]:
    """Return the kind of actor that bots are."""
    return bot_kind(
        accounts=cast.storage.accounts,
        managers=cast.storage.people,
        library=cast.storage.library,
        commands=cast.storage.commands,
        presences=cast.storage.presences,
        switchboard=cast.switchboard,
        attendance=cast.attendance,
        feed=cast.feed,
        revoker=cast.doorman,
        clock=cast.clock,
        meters=cast.meters,
        say_rate=Span(cast.config.aurorialink_rate, cast.config.aurorialink_window_s),
        command_lease_s=cast.config.command_lease_s,
        mailbox_limit=cast.config.mailbox_limit,
    )


def _accounts(cast: Cast) -> list[Kind[Any]]:
    """Return the kinds of actors that people manage their accounts by."""
    people, sessions = cast.storage.people, cast.storage.web_sessions
    account = account_kind(
        people=people,
        sessions=sessions,
        library=cast.storage.library,
        switchboard=cast.switchboard,
        revoker=cast.doorman,
        feed=cast.feed,
    )
    return [account, helpdesk_kind(people=people, sessions=sessions, mailer=cast.mailer, public_url=cast.public_url)]


def _subscribers(cast: Cast) -> list[Kind[Any]]:
    """Return the kinds of actors that speak to subscribers of ChatPion's accounts."""
    return subscriber_kinds(cast.config, cast.storage, cast.doorman, cast.clock, cast.public_url)


def _orders(cast: Cast) -> list[Kind[Any]]:
    """Return the kinds of actors that answer customers of companies."""
    return order_kinds(cast.storage, cast.clock)


def _webhooks(cast: Cast) -> Kind[Any]:
    """Return the kind of actor that calls the webhooks of bots, and goes over their bridges."""
    timeout_s = cast.config.cordless_timeout_s
    limits = CallLimits(timeout_s=timeout_s, total_s=max(CALL_S, 2 * timeout_s))
    return webhook_kind(
        outbox=cast.storage.outbox,
        outbound=Client(Guard(cast.config.outbound_allow), limits),
        attachments=cast.storage.attachments,
        clock=cast.clock,
        meters=cast.calls,
        retry_s=cast.config.webhook_retry_s,
        inside=Inside(library=cast.storage.library, bridges=cast.storage.bot_settings, base_url=cast.public_url),
        outside=outside_of(cast.config, cast.storage, cast.public_url),
    )


def _limits(config: Config) -> Limits:
    return Limits(
        body_chars=MAX_BODY_CHARS,
        message_bytes=MAX_INBOUND_BYTES,
        page=MAX_PAGE,
        publish_rate_per_s=config.publish_rate_per_s,
        publish_burst=config.publish_burst,
        devices_per_user=config.devices_per_user,
    )
