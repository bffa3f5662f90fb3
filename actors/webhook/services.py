"""What webhooks need of the world."""

from dataclasses import dataclass

import trio

from actors.ports import CallMeters, Clock, Outbound, Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Ports, and the turns that all lanes together may take at a time."""

    outbox: Outbox
    outbound: Outbound
    clock: Clock
    meters: CallMeters
    turns: trio.Semaphore
