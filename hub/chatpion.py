"""What ChatPion's accounts are made of in a hub: actors of subscribers, and ways to other platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from actors.auth.doorman import Doorman
from actors.broadcast.kind import broadcast_kind
from actors.broadcast.ports import BroadcastPorts
from actors.chatpion.files import MAX_BYTES
from actors.chatpion.values import HUB
from actors.messages.broadcast import Look
from actors.messages.subscriber import Due
from actors.ports import Clock
from actors.runtime import Kind
from actors.scheduler.actor import scheduler_kind
from actors.subscriber.fetching import fetcher_kind
from actors.subscriber.flows import Leader
from actors.subscriber.inbound import Inbound
from actors.subscriber.kind import subscriber_kind
from actors.subscriber.owners import Remembered
from actors.subscriber.ports import SubscriberPorts
from actors.subscriber.waking import Refs
from actors.values import Who
from actors.webhook.connectors import Graph, Webhooks
from actors.webhook.flowing import ANSWER_BYTES
from actors.webhook.outside import Outside, Way
from hub.config import Config
from hub.outbound import Client, Guard, Limits
from storage import Storage

EVENT_S: Final = 10.0
"""What an attempt to deliver an event or a message may take."""
FETCH_S: Final = 30.0
WEBHOOK: Final = "webhook"
GRAPH: Final = ("facebook", "instagram")


def subscriber_kinds(
    config: Config, storage: Storage, doorman: Doorman, clock: Clock, public_url: str
) -> list[Kind[Any]]:
    """Return the kinds of actors that speak to subscribers."""
    chatpion = storage.chatpion
    owners = Remembered(chatpion.tenants)
    ports = SubscriberPorts(
        owners=owners,
        subscribers=chatpion.subscribers,
        connections=chatpion.social,
        letters=chatpion.letters,
        library=storage.library,
        attachments=storage.attachments,
        revoker=doorman,
        clock=clock,
        flows=lambda scene: Leader(scene, ports, chatpion.leading),
        platforms=frozenset({HUB, WEBHOOK, *GRAPH}),
        public_url=public_url,
    )
    fetching = Client(Guard(config.outbound_allow), Limits(total_s=FETCH_S, max_bytes=MAX_BYTES))
    sending = BroadcastPorts(
        broadcasts=chatpion.broadcasts, owners=owners, clock=clock, per_s=config.chatpion_broadcast_per_s
    )
    return [
        subscriber_kind(ports),
        broadcast_kind(sending),
        fetcher_kind(outbound=fetching, attachments=storage.attachments),
        scheduler_kind(agenda=chatpion.agenda, clock=clock, messages={"subscriber": Due, "broadcast": Look}),
    ]


def outside_of(config: Config, storage: Storage, public_url: str) -> Outside:
    """Return what calls for accounts need."""
    chatpion = storage.chatpion
    events = _client(config, EVENT_S)
    return Outside(
        hooks=chatpion.hooks,
        shops=storage.botlive.hooks,
        events=events,
        social_accounts=chatpion.social,
        attachments=storage.attachments,
        signer=storage.links,
        ways=_ways(config, events),
        base_url=public_url,
        flows=Client(Guard(config.outbound_allow), Limits(timeout_s=FETCH_S, total_s=FETCH_S, max_bytes=ANSWER_BYTES)),
        owners=Remembered(chatpion.tenants),
        staff=Staff(storage),
        library=storage.library,
    )


class Staff:
    """The persons that flows hand over to: `actors.webhook.flowing.Staff`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def called(self, usernames: Sequence[str]) -> list[Who]:
        """Those of these usernames that there are."""
        found = [await self._storage.accounts.by_username(username) for username in usernames]
        return [caller.who for caller, _ in (each for each in found if each is not None) if caller.role != "guest"]

    async def in_charge(self, bot: int) -> list[Who]:
        """The owner of an account's bot, else the administrators of the hub."""
        managed = await self._storage.people.managed(bot)
        if managed is not None and managed.owner is not None:
            return [Who("user", managed.owner)]
        return [person.who for person in await self._storage.people.everybody() if person.role == "admin"]


def inbound_of(storage: Storage, clock: Clock, refs: Refs) -> Inbound:
    """Return who takes what platforms post here."""
    chatpion = storage.chatpion
    return Inbound(
        connected=chatpion.social,
        subscribers=chatpion.subscribers,
        letters=chatpion.letters,
        owners=chatpion.tenants,
        clock=clock,
        refs=refs,
    )


def _ways(config: Config, events: Client) -> Mapping[str, Way]:
    graph = Way(Graph(config.graph_api_url), _client(config, config.chatpion_graph_timeout_s))
    return {WEBHOOK: Way(Webhooks(), events), **dict.fromkeys(GRAPH, graph)}


def _client(config: Config, seconds: float) -> Client:
    return Client(Guard(config.outbound_allow), Limits(timeout_s=seconds, total_s=seconds))
