"""Everything that ChatPion is made of, put together once for the hub and once for each test."""

from __future__ import annotations

from dataclasses import dataclass

from actors.chatpion.ports import (
    Analytics,
    Broadcasts,
    Flows,
    Hooks,
    Keys,
    Letters,
    Limiter,
    Links,
    SocialAccounts,
    Subscribers,
    Tenants,
)
from actors.ports import AttachmentStore, Clock
from actors.subscriber.inbound import Inbound
from http_edge.dialects.chatpion import inbound, links
from http_edge.dialects.chatpion.account import AccountSection
from http_edge.dialects.chatpion.analytics import AnalyticsSection
from http_edge.dialects.chatpion.attaching import Attacher, Sniff
from http_edge.dialects.chatpion.broadcasts import BroadcastSection
from http_edge.dialects.chatpion.dialect import ChatPion
from http_edge.dialects.chatpion.flows import FlowSection
from http_edge.dialects.chatpion.guard import Guard
from http_edge.dialects.chatpion.messages import MessageSection
from http_edge.dialects.chatpion.social import SocialSection
from http_edge.dialects.chatpion.subscribers import Herald, SubscriberSection
from http_edge.dialects.chatpion.urls import LetsThrough
from http_edge.dialects.chatpion.webhooks import WebhookSection
from http_edge.gateway import Gateway
from http_edge.uploads import Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the dialect needs of the hub. `ws_url` is where native clients connect."""

    tenants: Tenants
    keys: Keys
    limiter: Limiter
    social: SocialAccounts
    subscribers: Subscribers
    letters: Letters
    broadcasts: Broadcasts
    hooks: Hooks
    flows: Flows
    analytics: Analytics
    links: Links
    attachments: AttachmentStore
    inbound: Inbound
    herald: Herald
    gateway: Gateway
    clock: Clock
    slots: Slots
    sniff: Sniff
    lets_through: LetsThrough
    ws_url: str


def assemble(parts: Parts) -> ChatPion:
    """Return the dialect with all its sections."""
    gateway, clock, lets_through = parts.gateway, parts.clock, parts.lets_through
    guard = Guard(keys=parts.keys, limiter=parts.limiter, gateway=gateway, clock=clock, slots=parts.slots)
    attacher = Attacher(parts.attachments, gateway, parts.slots, parts.sniff)
    sections = (
        AccountSection(tenants=parts.tenants, gateway=gateway),
        SocialSection(social=parts.social, gateway=gateway, clock=clock, lets_through=lets_through),
        SubscriberSection(
            subscribers=parts.subscribers, gateway=gateway, clock=clock, herald=parts.herald, ws_url=parts.ws_url
        ),
        MessageSection(letters=parts.letters, subscribers=parts.subscribers, gateway=gateway, attacher=attacher),
        BroadcastSection(broadcasts=parts.broadcasts, gateway=gateway, attacher=attacher, clock=clock),
        WebhookSection(hooks=parts.hooks, gateway=gateway, clock=clock, lets_through=lets_through),
        FlowSection(flows=parts.flows, subscribers=parts.subscribers, gateway=gateway, clock=clock),
        AnalyticsSection(analytics=parts.analytics, gateway=gateway, clock=clock),
    )
    return ChatPion(
        guard, sections, open=[inbound.blueprint(parts.inbound), links.blueprint(parts.links, gateway, clock)]
    )
