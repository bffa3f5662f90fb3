"""What all connections of one listener share."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from hub.config import Config
from hub.config.kinds import Network
from hub.ws.front import Front
from hub.ws.pulse import Patience
from hub.ws.watch import Watch

# The protocol's promise (docs/reference/protocol.md, "Backpressure"): a full outbox is closed within ten seconds. The
# close itself may take its whole deadline out of that.
SLOW_CLOSE_S = 10.0


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that a peer has for the whole handshake, and for its part of a close."""

    handshake_s: float
    close_s: float


@dataclass(slots=True)
class Terms:
    """`_s` is seconds. `proxies` speak for others. `slow_closes` counts the clients that were cut with 4429."""

    front: Front
    origins: frozenset[str]
    proxies: tuple[Network, ...]
    tls: ssl.SSLContext | None
    times: Times
    outbox_bytes: int
    patience: Patience
    watch: Watch = field(default_factory=Watch)
    slow_closes: int = 0


def times_of(config: Config) -> Times:
    """Return the times that the configuration states."""
    return Times(config.handshake_timeout_s, config.close_timeout_s)


def terms_of(config: Config, front: Front, origins: frozenset[str], tls: ssl.SSLContext | None) -> Terms:
    """Return the terms that the configuration states."""
    patience = Patience(
        hello_s=config.hello_timeout_s,
        ping_s=config.heartbeat_ping_s,
        silence_s=config.heartbeat_timeout_s,
        full_s=max(0.0, SLOW_CLOSE_S - config.close_timeout_s),
    )
    return Terms(
        front=front,
        origins=frozenset(origin.lower() for origin in origins),
        proxies=config.trusted_proxies,
        tls=tls,
        times=times_of(config),
        outbox_bytes=config.outbox_bytes,
        patience=patience,
    )
