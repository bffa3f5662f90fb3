"""The composition root: the whole hub, from top to bottom as it stands while it runs.

    data directory (held by hub.cli)
    └── storage                    a thread with its asyncio loop; closed last, after the last commit
        └── nursery
            ├── event-loop lag     a probe
            ├── control socket     what operators have done with accounts and keys
            ├── actors             bot, conversation, session, desk, view, presence: each kind under its supervisor
            ├── HTTP listener      operations, the bot APIs, Socket.IO; again for each of `dialect_bind`
            └── WebSocket listener the native protocol, the AuroriaLink view

SIGTERM or SIGINT takes it down in the other direction, see `_drain`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib.metadata
import logging
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import trio
from prometheus_client import CollectorRegistry

from actors.attendance import Attendance
from actors.auth.doorman import Doorman
from actors.auth.guesses import Guesses
from actors.bucket import Rate
from actors.messages.bot import Attend
from actors.messages.conversation import CommitFailed, Committed
from actors.messages.scheduler import Planned
from actors.messages.webhook import Wake
from actors.ports import Passwords
from actors.runtime import Refusal, System
from actors.session.front import Front
from actors.shop.waking import wake_unsaid
from actors.subscriber.waking import wake_unfinished
from actors.switchboard import Switchboard
from actors.values import Lane
from actors.webhook.kind import wake_all
from http_edge.dialects.botmanager import LiveFeed
from http_edge.gateway import Gateway
from hub import control
from hub.accept import open_listeners
from hub.botlive import serving_of
from hub.chatpion import inbound_of
from hub.chores import AnyChore, carry_out, carry_out_line
from hub.clock import WallClock
from hub.config import Address, Config
from hub.edge import Edge, Parts, has_sockets, own_addresses, warn_of_unspoken
from hub.http import HttpListener
from hub.kinds import Cast, all_kinds
from hub.mailer import mailer_for
from hub.meters import BotliveCounts, CallCounts, HubMeters, LagProbe, RequestCounts
from hub.metrics import Sources, registry_of
from hub.outbound import Guard
from hub.output import CredentialsSink
from hub.passwords import WAITING, Argon2Passwords
from hub.provision import Answer, provision
from hub.provision_file import Draft
from hub.ws import Guests, WsListener
from storage import Keep, Storage, open_storage

log = logging.getLogger("hubbub.app")

# What is left of the 10 s that a shutdown may take after `drain_s`: the last HTTP answers, then the storage's end.
HTTP_DRAIN_S = 0.5
GIVE_UP_S = 1.8
DRAIN_ORDER = (
    "scheduler",
    "broadcast",
    "webhook",
    "fetcher",
    "subscriber",
    "order",
    "conversation",
    "desk",
    "session",
)
"""Whoever begins something comes before those whom it takes to be done."""
GC_THRESHOLDS = (10_000, 20, 50)


class CannotListen(Exception):
    """An address is taken or does not exist; the message is the one line to print."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to provision before anything is served, and where its credentials go."""

    draft: Draft
    sink: CredentialsSink


async def run(
    config: Config,
    directory: Path,
    *,
    tls: ssl.SSLContext | None = None,
    order: Order | None = None,
    announce: Callable[[str], object] = print,
) -> None:
    """Run a hub on `directory`, which the caller holds, until SIGTERM or SIGINT; return once all is flushed.

    `announce` gets the ready line when both listeners accept. Raises ConfigError, CannotListen, StorageError or
    OutputError when the hub cannot start: then nothing was served.
    """
    if unused := config.unused_keys():
        log.warning("keys without effect in this version", extra={"keys": ", ".join(unused)})
    if config.debug_commit_delay_ms:
        log.warning("every commit is delayed", extra={"debug_commit_delay_ms": config.debug_commit_delay_ms})
    warn_of_unspoken(config)
    scheme = "" if tls is None else "s"
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with (
            _listening(config.http) as http_sockets,
            _listening(config.ws) as ws_sockets,
            _listening_each(own_addresses(config)) as dialect_sockets,
            _storage(config, directory) as (storage, postman),
        ):
            if order is not None:
                await _carry_out(order, storage, Argon2Passwords())
            http_url = f"http{scheme}://{_address(config.http, http_sockets)}"
            ws_url = f"ws{scheme}://{_address(config.ws, ws_sockets)}/ws"
            passwords, urls = Argon2Passwords(waiting=WAITING), Urls(http_url, ws_url)
            hub = Hub(config, storage, passwords, urls=urls, tls=tls)
            postman.system = hub.system
            async with trio.open_nursery() as nursery:
                nursery.start_soon(hub.lag.run)
                nursery.start_soon(storage.expiry.run)
                nursery.start_soon(storage.retention.run)
                nursery.start_soon(hub.mailer.run)
                nursery.start_soon(hub.edge.sockets.run)
                await nursery.start(control.serve, directory, partial(carry_out_line, storage))
                await hub.recall()
                await nursery.start(hub.system.run)
                nursery.start_soon(hub.resume)
                await nursery.start(hub.http.serve, http_sockets)
                for name, app in hub.edge.own_apps.items():
                    serve = partial(hub.http.serve, has_guests=has_sockets(name))
                    await nursery.start(serve, dialect_sockets[name], app)
                await nursery.start(hub.ws.serve, ws_sockets)
                _tidy_memory()
                announce(f"hubbub ready http={http_url} ws={ws_url} pid={os.getpid()}")
                await _wait_for(signals)
                await hub.drain(ws_sockets)
                nursery.cancel_scope.cancel()
    faulthandler.cancel_dump_traceback_later()


async def provision_offline(config: Config, directory: Path, draft: Draft, *, rotate: bool) -> Answer:
    """Provision `directory`, which the caller holds, while no hub runs on it. Raises StorageError."""
    async with _storage(config, directory) as (storage, _):
        return await provision(storage, draft, Argon2Passwords(), rotate=rotate)


async def do_offline(config: Config, directory: Path, chore: AnyChore) -> dict[str, Any]:
    """Carry out a chore in `directory`, which the caller holds. Raises NotDone and StorageError."""
    async with _storage(config, directory) as (storage, _):
        return await carry_out(storage, chore)


class Urls(NamedTuple):
    """Where the listeners are, once their ports are known."""

    http: str
    ws: str


def _public_ws_url(public_url: str | None, ws_url: str) -> str:
    """Where native clients connect: behind a proxy under the same name, at the same path."""
    return ws_url if public_url is None else f"{public_url.rstrip('/').replace('http', 'ws', 1)}/ws"


class Hub:
    """Every part that serves, made and connected, to be started by `run`. Implements `http_edge.ops.OpsPort`."""

    def __init__(
        self,
        config: Config,
        storage: Storage,
        passwords: Passwords,
        *,
        urls: Urls,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._draining = False
        self.lag = LagProbe()
        meters, calls, requests, botlive = HubMeters(), CallCounts(), RequestCounts(), BotliveCounts()
        self._clock = clock = WallClock()
        self.attendance = Attendance(clock=clock, grace_s=config.bot_offline_after_s, call=self._call_bot)
        switchboard, feed = Switchboard(self.attendance), LiveFeed()
        rate = config.login_rate_per_min
        guesses = Guesses(passwords, per_address=rate, per_account=max(1, rate // 2))
        doorman = Doorman(
            accounts=storage.accounts,
            passwords=passwords,
            guesses=guesses,
            switchboard=switchboard,
            clock=clock,
            feed=feed,
            devices_per_user=config.devices_per_user,
        )
        public_url = config.public_url or urls.http
        self.mailer = mailer_for(config.smtp_url, public_url)
        cast = Cast(
            config=config,
            storage=storage,
            switchboard=switchboard,
            attendance=self.attendance,
            doorman=doorman,
            feed=feed,
            mailer=self.mailer,
            clock=clock,
            meters=meters,
            calls=calls,
            public_url=public_url,
        )
        self.system = System(all_kinds(cast))
        front = Front(
            doorkeeper=doorman,
            switchboard=switchboard,
            refs=self.system,
            clock=clock,
            publish_rate=Rate(config.publish_rate_per_s, config.publish_burst),
        )
        self.ws = WsListener(front, config, origins=config.origins(*urls), tls=tls)
        parts = Parts(
            config=config,
            storage=storage,
            gateway=Gateway(self.system),
            port=self,
            clock=clock,
            attendance=self.attendance,
            passwords=passwords,
            guesses=guesses,
            feed=feed,
            refs=self.system,
            switchboard=switchboard,
            ws_url=_public_ws_url(config.public_url, urls.ws),
            inbound=inbound_of(storage, clock, self.system),
            lets_through=Guard(config.outbound_allow).lets_through,
            botlive=serving_of(config, storage, clock, self.system, switchboard, botlive),
        )
        self.edge = Edge(parts, requests)
        guests = Guests(self.edge.sockets, parts.origins, parts.peers, config)
        self.http = HttpListener(self.edge.app, config, tls=tls, guests=guests)
        self._registry = registry_of(
            Sources(
                version=importlib.metadata.version("hubbub"),
                meters=meters,
                calls=calls,
                requests=requests,
                botlive=botlive,
                lag=self.lag,
                actors=self.system.statistics,
                http=self.http.statistics,
                websockets=self.ws.statistics,
                sockets=self.edge.sockets.statistics,
                rooms=lambda: switchboard.statistics()["rooms"],
                bots_online=self.attendance.count,
                log=storage.statistics,
            )
        )

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics of this hub."""
        return self._registry

    def health(self) -> str | None:
        """Return why no writes are taken, None when they are. Never blocks."""
        return "draining" if self._draining else self._storage.health()

    async def recall(self) -> None:
        """Know which bots were there when the last run ended, before anybody asks."""
        self.attendance.recall(await self._storage.presences.all())

    async def resume(self) -> None:
        """Go on with what an earlier run left: bots that may not come back, and calls of webhooks."""
        self.attendance.call_all()
        self._storage.chatpion.wakes.call(self._wake)
        self._storage.chatpion.wakes.call_for_plans(self._plan)
        self.system.ref("scheduler", 0).tell(Planned(at=self._clock.now_ms()))
        await wake_all(self._storage.outbox, self.system)
        await wake_unfinished(self._storage.chatpion.letters, self.system)
        await wake_unsaid(self._storage.botlive.books, self.system)

    def _wake(self, lane: Lane) -> None:
        with contextlib.suppress(Refusal):  # it waits in the outbox, and the next one or the next start finds it there
            self.system.ref("webhook", lane.key).tell(Wake())

    def _plan(self, at: int) -> None:
        with contextlib.suppress(Refusal):  # it stands in the agenda, which is read again now and then
            self.system.ref("scheduler", 0).tell(Planned(at=at))

    def _call_bot(self, bot: int) -> None:
        with contextlib.suppress(Refusal):  # it looks by itself when it starts again
            self.system.ref("bot", bot).tell(Attend(), urgent=True)

    async def drain(self, ws_sockets: Sequence[trio.SocketListener]) -> None:
        """Take the hub out of service within `drain_s`, whatever the peers do.

        First nobody new comes in, and nothing that is planned begins or goes on. Then webhooks begin no more calls;
        one that does not end soon is cut off, and made again after the next start. Then subscribers, orders and
        conversations finish what they took, so that its senders get their answers; then the sessions are told
        `goaway`, those of Socket.IO end, and their outboxes are flushed. `/up` tells of it up to the end.
        """
        self._draining = True
        # The disk, unlike a peer, may hold up everything: then say where it hangs, and end.
        faulthandler.dump_traceback_later(self._config.drain_s + GIVE_UP_S, exit=True)
        started = trio.current_time()
        deadline = started + self._config.drain_s
        log.info("draining", extra={"sessions": self.ws.statistics().sessions})
        for listener in ws_sockets:
            listener.socket.close()
        cut = await self.system.drain(*DRAIN_ORDER, deadline=started + self._config.drain_s / 2)
        if cut:
            log.warning("actors were cut", extra={"actors": len(cut)})
        self.edge.sockets.drain()
        await self.ws.drain(deadline)
        await self.http.drain(deadline + HTTP_DRAIN_S)
        log.info("drained", extra={"seconds": round(trio.current_time() - started, 3)})


class Postman:
    """Brings what became of a commit to its conversation. He is there before the actors are, and after."""

    def __init__(self) -> None:
        self.system: System | None = None

    def deliver(self, conv: int, report: Committed | CommitFailed) -> None:
        """Tell the conversation, urgently. Never raises: once the hub has drained nobody waits any more."""
        if self.system is not None:
            with contextlib.suppress(Refusal):
                self.system.ref("conversation", conv).tell(report, urgent=True)


@contextlib.asynccontextmanager
async def _storage(config: Config, directory: Path) -> AsyncIterator[tuple[Storage, Postman]]:
    postman = Postman()
    async with open_storage(
        directory,
        report=postman.deliver,
        key_file=config.key_file,
        batch_rows=config.batch_rows,
        busy_timeout_ms=config.busy_timeout_ms,
        commit_delay_s=config.debug_commit_delay_ms / 1_000,
        max_upload_bytes=config.max_upload_bytes,
        keep=Keep(
            logs=config.log_max_per_bot,
            log_days=config.log_max_age_days,
            messages=config.message_max_per_bot,
            message_days=config.message_max_age_days,
        ),
    ) as storage:
        yield storage, postman


@contextlib.asynccontextmanager
async def _listening(address: Address) -> AsyncIterator[list[trio.SocketListener]]:
    try:
        listeners = await open_listeners(*address)
    except OSError as error:
        raise CannotListen(f"cannot listen on {address}: {error.strerror or error}") from error
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.socket.close()


@contextlib.asynccontextmanager
async def _listening_each(addresses: Mapping[str, Address]) -> AsyncIterator[dict[str, list[trio.SocketListener]]]:
    """Listen for each dialect that has an address of its own; the log says where, as its port may be picked."""
    async with contextlib.AsyncExitStack() as stack:
        sockets = {name: await stack.enter_async_context(_listening(address)) for name, address in addresses.items()}
        for name, listeners in sockets.items():
            where = str(_address(addresses[name], listeners))
            log.info("a dialect listens for itself", extra={"dialect": name, "address": where})
        yield sockets


def _address(configured: Address, listeners: Sequence[trio.SocketListener]) -> Address:
    """The configured host, and the port that it became."""
    return Address(configured.host, listeners[0].socket.getsockname()[1])


async def _carry_out(order: Order, storage: Storage, passwords: Passwords) -> None:
    """Provision, and write what is new: an answer without secrets replaces no earlier one that has them."""
    order.sink.check()
    answer = await provision(storage, order.draft, passwords)
    if answer.has_secrets or order.sink.is_missing:
        order.sink.write(answer.content)


def _tidy_memory() -> None:
    """Let the collector forget the 120,000 objects that live as long as the process, and look less often at the rest.

    Measured at 200,000 deliveries/s to 500 sessions: with the defaults a full collection every other second, each
    stopping the loop for tens of milliseconds; with these none, and 7 young ones a second of some milliseconds each.
    Five times these numbers save nothing more and make each stop longer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _wait_for(signals: AsyncIterator[int]) -> None:
    async for number in signals:
        log.info("received a signal", extra={"signal": signal.Signals(number).name})
        return
