"""What companies that take orders are made of in a hub: the actors of their customers, and where these come in."""

from __future__ import annotations

from typing import Any, Final

from actors.ports import Clock
from actors.runtime import Kind
from actors.shop.counter import Counter
from actors.shop.kind import order_kind
from actors.shop.ports import Readers, ShopPorts
from actors.spreading import Refs
from actors.switchboard import Switchboard
from hub.config import Config
from hub.edge import Serving
from hub.meters import BotliveCounts
from hub.outbound import Client, Guard, Limits
from hub.vision.assembly import gallery, recogniser
from storage import Storage

PROBE_S: Final = 7.0
"""What a test of a webhook may take."""


def order_kinds(storage: Storage, clock: Clock) -> list[Kind[Any]]:
    """Return the kind of actors that answer customers."""
    kept = storage.botlive
    ports = ShopPorts(
        shops=kept.shops,
        shoppers=kept.shoppers,
        books=kept.books,
        ledger=kept.ledger,
        library=storage.library,
        outbox=storage.outbox,
        attachments=storage.attachments,
        clock=clock,
        readers=Readers(),
    )
    return [order_kind(ports)]


def counter_of(storage: Storage, clock: Clock, refs: Refs, switchboard: Switchboard) -> Counter:
    """Return where customers come in."""
    return Counter(
        shops=storage.botlive.shops,
        shoppers=storage.botlive.shoppers,
        library=storage.library,
        accounts=storage.accounts,
        refs=refs,
        switchboard=switchboard,
        clock=clock,
    )


def serving_of(
    config: Config, storage: Storage, clock: Clock, refs: Refs, switchboard: Switchboard, meters: BotliveCounts
) -> Serving:
    """Return what Botlive's API has of its own."""
    limits = Limits(timeout_s=PROBE_S, total_s=PROBE_S)
    return Serving(
        counter=counter_of(storage, clock, refs, switchboard),
        gallery=gallery(config),
        recogniser=recogniser(),
        probes=Client(Guard(config.outbound_allow), limits),
        meters=meters,
    )
