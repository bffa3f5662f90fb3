"""Every key of the configuration: its type, unit (in the name), default and bounds."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from actors.addresses import origin_of
from hub.config.kinds import (
    Address,
    Choice,
    Cidr,
    Endpoint,
    Flag,
    Kind,
    ListOf,
    Network,
    Number,
    Origin,
    TableOf,
    Text,
    Url,
    Whole,
)
from hub.config.smtp import SmtpServer, SmtpUrl

DIALECTS = ("aurorialink", "botlive", "botmanager", "chatpion", "cordless")
SECONDS = Number(0, 86_400)
TIMEOUT = Number(0.1, 3_600)
LARGE_BYTES = Whole(1_024, 2**40)


class Setting(NamedTuple):
    """What is known of a key. `dormant`: nothing in this version reads it; `secret`: no message may show its value."""

    kind: Kind
    dormant: bool
    secret: bool


def setting(kind: Kind, default: Any, *, dormant: bool = False, secret: bool = False) -> Any:
    """Declare a key. The default is given in its typed form."""
    return field(default=default, repr=not secret, metadata={"setting": Setting(kind, dormant, secret)})


def later(kind: Kind, default: Any, *, secret: bool = False) -> Any:
    """Declare a key of a part that this version does not have: checked like any other, without effect."""
    return setting(kind, default, dormant=True, secret=secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The whole configuration of one hub; built by `hub.config.load`, or directly with defaults in tests.

    Units are in the names: `_s` seconds, `_ms` milliseconds, `_bytes` bytes, `_per_s` and so on rates.
    """

    data: str = setting(Text("a directory"), "./var")
    master_key_file: str | None = setting(Text("the path of a file"), None)
    http: Address = setting(Endpoint(), Address("127.0.0.1", 8080))
    ws: Address = setting(Endpoint(), Address("127.0.0.1", 8081))
    public_url: str | None = setting(Url(("http", "https")), None)

    tls_certfile: str | None = setting(Text("the path of a PEM file"), None)
    tls_keyfile: str | None = setting(Text("the path of a PEM file"), None)
    allowed_origins: tuple[str, ...] = setting(ListOf(Origin()), ())
    trusted_proxies: tuple[Network, ...] = setting(ListOf(Cidr()), ())
    max_connections: int = setting(Whole(1, 1_000_000), 10_000)
    max_connections_per_address: int = setting(Whole(1, 1_000_000), 5_000)
    http_connections: int = setting(Whole(1, 100_000), 2_000)
    http_connections_per_address: int = setting(Whole(1, 100_000), 500)

    devices_per_user: int = setting(Whole(1, 1_000), 2)
    publish_rate_per_s: float = setting(Number(0.01, 1e6), 50.0)
    publish_burst: int = setting(Whole(1, 1_000_000), 200)
    outbox_bytes: int = setting(Whole(65_536, 2**30), 1_048_576)
    presence_members: int = setting(Whole(0, 100_000), 100)
    replay_events: int = setting(Whole(1, 100_000), 500)
    login_rate_per_min: int = setting(Whole(1, 1_000_000), 20)

    handshake_timeout_s: float = setting(TIMEOUT, 5.0)
    hello_timeout_s: float = setting(TIMEOUT, 10.0)
    close_timeout_s: float = setting(TIMEOUT, 2.0)
    heartbeat_ping_s: float = setting(TIMEOUT, 25.0)
    heartbeat_timeout_s: float = setting(TIMEOUT, 45.0)
    drain_s: float = setting(Number(0, 600), 8.0)

    coalesce_ms: float = setting(Number(0, 1_000), 5.0)
    batch_rows: int = setting(Whole(1, 100_000), 2_000)
    busy_timeout_ms: int = setting(Whole(0, 60_000), 300)
    mailbox_limit: int = setting(Whole(1, 1_000_000), 1_024)
    debug_commit_delay_ms: float = setting(Number(0, 10_000), 0.0)

    require_tls: str = setting(Choice(("auto", "always", "never")), "auto")
    dialect_bind: tuple[tuple[str, Address], ...] = setting(TableOf(DIALECTS, Endpoint()), ())
    aurorialink_rate: int = setting(Whole(1, 1_000_000), 10)
    aurorialink_window_s: float = setting(SECONDS, 60.0)
    aurorialink_ban_after: int = setting(Whole(1, 1_000_000), 15)
    aurorialink_ban_s: float = setting(SECONDS, 600.0)

    max_upload_bytes: int = setting(LARGE_BYTES, 26_214_400)

    outbound_allow: tuple[Network, ...] = setting(ListOf(Cidr()), ())
    webhook_retry_s: tuple[float, ...] = setting(
        ListOf(Number(0, 2_592_000), maximum=100), (5.0, 30.0, 120.0, 600.0, 3_600.0, 14_400.0, 43_200.0)
    )
    cordless_timeout_s: float = setting(TIMEOUT, 7.0)

    command_lease_s: float = setting(Number(0.1, 86_400), 60.0)
    bot_offline_after_s: float = setting(SECONDS, 30.0)
    open_bot_endpoints: bool = setting(Flag(), default=False)
    log_max_per_bot: int = setting(Whole(1, 10_000_000), 10_000)
    log_max_age_days: float = setting(Number(0.01, 36_500), 30.0)
    message_max_per_bot: int = setting(Whole(1, 10_000_000), 10_000)
    message_max_age_days: float = setting(Number(0.01, 36_500), 30.0)

    registration: str = setting(Choice(("open", "closed")), "open")
    register_rate_per_min: int = setting(Whole(1, 1_000_000), 60)
    smtp_url: SmtpServer | None = setting(SmtpUrl(), None, secret=True)
    cors_origins: tuple[str, ...] = setting(ListOf(Origin(any_allowed=True)), ())

    socketio_ping_interval_s: float = setting(TIMEOUT, 25.0)
    socketio_ping_timeout_s: float = setting(TIMEOUT, 20.0)
    socketio_connect_timeout_s: float = setting(TIMEOUT, 10.0)
    socketio_max_payload_bytes: int = setting(LARGE_BYTES, 1_000_000)

    log_level: str = setting(Choice(("debug", "info", "warning", "error")), "info")
    log_format: str = setting(Choice(("text", "json")), "text")

    botlive_api_key: str | None = setting(Text("a text of 16 characters or more", 16), None, secret=True)
    botlive_rate_per_min: int = setting(Whole(1, 1_000_000), 300)
    botlive_stats_rate_per_min: int = setting(Whole(1, 1_000_000), 60)
    chatpion_rate_per_min: int = setting(Whole(1, 1_000_000), 100)
    chatpion_rate_per_day: int = setting(Whole(1, 100_000_000), 5_000)
    chatpion_broadcast_per_s: float = setting(Number(0.01, 1e6), 1_000.0)
    chatpion_graph_timeout_s: float = setting(TIMEOUT, 10.0)
    graph_api_url: str = setting(Url(("http", "https")), "https://graph.facebook.com/v23.0")

    explicit: frozenset[str] = frozenset()

    @property
    def key_file(self) -> Path | None:
        """Where the master keys are, None: in the data directory."""
        return None if self.master_key_file is None else Path(self.master_key_file)

    def unused_keys(self) -> tuple[str, ...]:
        """Return the keys that were set although nothing in this version reads them, sorted."""
        known = settings()
        return tuple(sorted(key for key in self.explicit if known[key].dormant))

    def origins(self, http_url: str, ws_url: str) -> frozenset[str]:
        """Return every Origin that may act with a person's cookies: the configured ones and always the hub's own.

        `http_url` and `ws_url` are those of the listeners, once their ports are known.
        """
        own = (http_url, ws_url.replace("ws", "http", 1), self.public_url or http_url)
        configured = {*self.allowed_origins, *self.cors_origins} - {"*"}
        return frozenset(configured) | {origin_of(url) for url in own}


@cache
def settings() -> dict[str, Setting]:
    """Return every key with what is known of it, in the order of the reference."""
    return {entry.name: entry.metadata["setting"] for entry in fields(Config) if "setting" in entry.metadata}
