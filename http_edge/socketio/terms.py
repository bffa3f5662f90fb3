"""What holds for every session of a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """`_s` is seconds. `connect_timeout_s` is what a peer has to join, and to complete an upgrade.

    As long as less than `outbox_bytes` wait for a peer, there is room for one thing more. There are at most `sessions`,
    and of one network (an IPv4 address, the /64 of an IPv6 one) at most `sessions_per_network`: a session needs no
    connection, so that no other limit is met.
    """

    ping_interval_s: float = 25.0
    ping_timeout_s: float = 20.0
    connect_timeout_s: float = 10.0
    max_payload_bytes: int = 1_000_000
    outbox_bytes: int = 1_048_576
    sessions: int = 10_000
    sessions_per_network: int = 5_000
