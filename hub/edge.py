"""The HTTP edge as a hub serves it: every dialect with what it needs, in one app and in apps of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from actors.attendance import Attendance
from actors.auth.guesses import Guesses
from actors.chatpion.limits import Limits
from actors.chatpion.merging import guest_name
from actors.chatpion.values import Account, Subscriber
from actors.order.ports import Gallery, Recogniser
from actors.ports import Clock, Outbound, Passwords
from actors.shop.counter import Counter
from actors.spreading import Refs, spread_conversation, spread_name
from actors.subscriber.inbound import Inbound
from actors.switchboard import Switchboard
from actors.values import Caller, Who
from http_edge.access import RequestMeters
from http_edge.app import HubApp, create_app, dialect_app
from http_edge.attachments import Files
from http_edge.dialect import Dialect
from http_edge.dialects import botlive, botmanager, chatpion
from http_edge.dialects.aurorialink import AuroriaLink
from http_edge.dialects.cordless import Cordless
from http_edge.gateway import Gateway
from http_edge.ops import OpsPort
from http_edge.origins import Origins
from http_edge.peers import Peers, RequireTls
from http_edge.ratelimit import Bans
from http_edge.socketio import Polling, SocketServer, Terms
from http_edge.uploads import Slots
from hub.config import Address, Config
from hub.meters import BotliveCounts
from storage import Storage
from storage.sniff import sniff

log = logging.getLogger("hubbub.edge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What Botlive has of its own. `probes` posts tests of webhooks."""

    counter: Counter
    gallery: Gallery
    recogniser: Recogniser
    probes: Outbound
    meters: BotliveCounts


@dataclass(frozen=True, slots=True)
class Parts:
    """What dialects are made of. `lets_through` tells which addresses the hub calls, `ws_url` is for native clients."""

    config: Config
    storage: Storage
    gateway: Gateway
    port: OpsPort
    clock: Clock
    attendance: Attendance
    passwords: Passwords
    guesses: Guesses
    feed: botmanager.LiveFeed
    refs: Refs
    switchboard: Switchboard
    ws_url: str
    inbound: Inbound
    lets_through: Callable[[str], bool]
    botlive: Serving
    slots: Slots = field(default_factory=Slots)

    @property
    def peers(self) -> Peers:
        """Who stands before the hub, and how strictly TLS is required."""
        return Peers(self.config.trusted_proxies, cast("RequireTls", self.config.require_tls))

    @property
    def origins(self) -> Origins:
        """Whose pages may act with cookies."""
        return Origins(self.config.allowed_origins, self.config.cors_origins, self.config.public_url)


def _aurorialink(parts: Parts) -> Dialect:
    bans = Bans(parts.config.aurorialink_ban_after, parts.config.aurorialink_ban_s)
    return AuroriaLink(parts.storage.accounts, parts.gateway, parts.peers, bans).dialect()


def _cordless(parts: Parts) -> Dialect:
    return Cordless(
        accounts=parts.storage.accounts,
        library=parts.storage.library,
        attachments=parts.storage.attachments,
        gateway=parts.gateway,
        slots=parts.slots,
        max_upload_bytes=parts.config.max_upload_bytes,
        public_url=parts.config.public_url,
    ).dialect()


def _botmanager(parts: Parts) -> Dialect:
    return botmanager.assemble(_managing(parts)).dialect()


def _managing(parts: Parts) -> botmanager.Parts:
    config, storage = parts.config, parts.storage
    return botmanager.Parts(
        accounts=storage.accounts,
        addresses=storage.addresses,
        library=storage.library,
        people=storage.people,
        sessions=storage.web_sessions,
        commands=storage.commands,
        settings=storage.bot_settings,
        logs=storage.bot_logs,
        messages=storage.bot_messages,
        files=storage.bot_files,
        feed=parts.feed,
        numbers=storage.numbers,
        passwords=parts.passwords,
        guesses=parts.guesses,
        whereabouts=parts.attendance,
        clock=parts.clock,
        gateway=parts.gateway,
        origins=parts.origins,
        trouble=parts.port.health,
        opens_bot_endpoints=config.open_bot_endpoints,
        open_to_all=config.registration == "open",
        requests_per_min=config.register_rate_per_min,
    )


def _sockets(parts: Parts) -> SocketServer:
    config = parts.config
    live = botmanager.assemble_live(_managing(parts), parts.feed, parts.attendance)
    terms = Terms(
        ping_interval_s=config.socketio_ping_interval_s,
        ping_timeout_s=config.socketio_ping_timeout_s,
        connect_timeout_s=config.socketio_connect_timeout_s,
        max_payload_bytes=config.socketio_max_payload_bytes,
        outbox_bytes=config.outbox_bytes,
        sessions=config.max_connections,
        sessions_per_network=config.max_connections_per_address,
    )
    return SocketServer(live, terms)


class Herald:
    """Tells the sessions and conversations of what storage did past them: `http_edge.dialects.chatpion`'s `Herald`."""

    def __init__(self, refs: Refs, switchboard: Switchboard) -> None:
        self._refs = refs
        self._switchboard = switchboard

    def added(self, account: Account, subscriber: Subscriber) -> None:
        """Invite the sessions of the account's bot to the new conversation."""
        bot = Caller("bot", account.bot, account.name, "bot")
        spread_conversation(self._refs, self._switchboard, bot, subscriber.conv)

    def renamed(self, subscriber: Subscriber) -> None:
        """Have its conversation, and its sessions, know its name of today."""
        name = guest_name(subscriber.name, subscriber.platform_id)
        spread_name(self._refs, self._switchboard, Who("user", subscriber.user), name, [subscriber.conv])


def _chatpion(parts: Parts) -> Dialect:
    config, kept = parts.config, parts.storage.chatpion
    return chatpion.assemble(
        chatpion.Parts(
            tenants=kept.tenants,
            keys=kept.keys,
            limiter=kept.uses.limiter(Limits(config.chatpion_rate_per_min, config.chatpion_rate_per_day)),
            social=kept.social,
            subscribers=kept.subscribers,
            letters=kept.letters,
            broadcasts=kept.broadcasts,
            hooks=kept.hooks,
            flows=kept.flows,
            analytics=kept.analytics,
            links=kept.links,
            attachments=parts.storage.attachments,
            inbound=parts.inbound,
            herald=Herald(parts.refs, parts.switchboard),
            gateway=parts.gateway,
            clock=parts.clock,
            slots=parts.slots,
            sniff=sniff,
            lets_through=parts.lets_through,
            ws_url=parts.ws_url,
        )
    ).dialect()


def _botlive(parts: Parts) -> Dialect:
    config, kept, own = parts.config, parts.storage.botlive, parts.botlive
    return botlive.assemble(
        botlive.Parts(
            shops=kept.shops,
            shoppers=kept.shoppers,
            books=kept.books,
            ledger=kept.ledger,
            hooks=kept.hooks,
            counter=own.counter,
            gallery=own.gallery,
            recogniser=own.recogniser,
            attachments=parts.storage.attachments,
            probes=own.probes,
            gateway=parts.gateway,
            clock=parts.clock,
            trouble=parts.port.health,
            meters=own.meters,
            origins=parts.origins,
            key=config.botlive_api_key,
            rate=config.botlive_rate_per_min,
            stats_rate=config.botlive_stats_rate_per_min,
            public_url=config.public_url,
        )
    ).dialect()


def _files(parts: Parts) -> Files:
    return Files(
        accounts=parts.storage.accounts,
        library=parts.storage.library,
        attachments=parts.storage.attachments,
        signer=parts.storage.links,
        gateway=parts.gateway,
        clock=parts.clock,
        slots=parts.slots,
        max_upload_bytes=parts.config.max_upload_bytes,
    )


DIALECTS: Final[Mapping[str, Callable[[Parts], Dialect]]] = {
    "aurorialink": _aurorialink,
    "botlive": _botlive,
    "botmanager": _botmanager,
    "chatpion": _chatpion,
    "cordless": _cordless,
}
"""Every dialect that this version speaks, by its name in `dialect_bind`."""


class Edge:
    """`app` speaks everything; `own_apps` are those of the dialects with an address of their own, by name.

    A dialect is one object however many apps it is in: its bans and limits hold over all of them. `sockets` are those
    of Socket.IO, to be run and drained; they are to be had wherever Bot Manager is.
    """

    def __init__(self, parts: Parts, meters: RequestMeters) -> None:
        dialects = {name: make(parts) for name, make in DIALECTS.items()}
        files, peers, origins = _files(parts), parts.peers, parts.origins
        self.sockets = _sockets(parts)
        polling = Polling(self.sockets, origins).dialect()
        spoken = [*dialects.values(), polling]
        self.app = create_app(parts.port, dialects=spoken, files=files, peers=peers, meters=meters, origins=origins)
        self.own_apps: dict[str, HubApp] = {}
        for name in own_addresses(parts.config):
            shown = files if dialects[name].shows_files else None
            spoken = [dialects[name], polling] if has_sockets(name) else [dialects[name]]
            self.own_apps[name] = dialect_app(spoken, files=shown, peers=peers, meters=meters, origins=origins)


def has_sockets(name: str) -> bool:
    """Whether Socket.IO belongs to the dialect of this name."""
    return name == botmanager.NAME


def own_addresses(config: Config) -> dict[str, Address]:
    """Return where single dialects are to listen: those of `dialect_bind` that this version speaks."""
    return {name: address for name, address in config.dialect_bind if name in DIALECTS}


def warn_of_unspoken(config: Config) -> None:
    """Log the dialects of `dialect_bind` that this version does not speak: nothing listens for them."""
    for name, address in config.dialect_bind:
        if name not in DIALECTS:
            log.warning("no such dialect in this version", extra={"dialect": name, "address": str(address)})
