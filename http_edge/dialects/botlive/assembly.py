"""Everything that Botlive is made of, put together once for the hub and once for each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from actors.order.ports import Books, Gallery, Ledger, Recogniser, ShopHooks, Shoppers, Shops
from actors.ports import AttachmentStore, Clock, Outbound
from actors.shop.counter import Counter
from http_edge.dialects.botlive.companies import CompanySection
from http_edge.dialects.botlive.desk import Desk
from http_edge.dialects.botlive.dialect import Botlive
from http_edge.dialects.botlive.figures import FigureSection
from http_edge.dialects.botlive.guard import Door, Guard, Rates
from http_edge.dialects.botlive.health import HealthSection
from http_edge.dialects.botlive.messages import MessageSection
from http_edge.dialects.botlive.meters import Meters
from http_edge.dialects.botlive.probing import Probe
from http_edge.dialects.botlive.sights import Sights
from http_edge.dialects.botlive.staff import StaffSection
from http_edge.dialects.botlive.webhooks import WebhookSection
from http_edge.gateway import Gateway
from http_edge.origins import Origins


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the dialect needs of the hub. `probes` posts tests of webhooks; rates are per minute and address.

    `trouble` says why nothing is written at present, if so.
    """

    shops: Shops
    shoppers: Shoppers
    books: Books
    ledger: Ledger
    hooks: ShopHooks
    counter: Counter
    gallery: Gallery
    recogniser: Recogniser
    attachments: AttachmentStore
    probes: Outbound
    gateway: Gateway
    clock: Clock
    trouble: Callable[[], str | None]
    meters: Meters
    origins: Origins
    key: str | None
    rate: int
    stats_rate: int
    public_url: str | None


def assemble(parts: Parts) -> Botlive:
    """Return the dialect with all its sections."""
    gateway, clock, meters = parts.gateway, parts.clock, parts.meters
    guard = Guard(Door(parts.key, parts.origins, parts.public_url), Rates(parts.rate, parts.stats_rate))
    desk = Desk(
        counter=parts.counter,
        shoppers=parts.shoppers,
        books=parts.books,
        sights=Sights(parts.gallery, parts.recogniser, parts.attachments, gateway),
        gateway=gateway,
        clock=clock,
    )
    probe = Probe(parts.probes, clock)
    sections = (
        MessageSection(desk=desk, books=parts.books, gateway=gateway, meters=meters),
        FigureSection(ledger=parts.ledger, gateway=gateway, clock=clock),
        WebhookSection(hooks=parts.hooks, probe=probe, gateway=gateway, clock=clock, meters=meters),
        StaffSection(shoppers=parts.shoppers, ledger=parts.ledger, gateway=gateway),
        CompanySection(shops=parts.shops, counter=parts.counter, gateway=gateway),
        HealthSection(trouble=parts.trouble, clock=clock),
    )
    return Botlive(guard, sections, meters, parts.origins)
