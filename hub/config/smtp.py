"""Where mail is handed over: `smtp[s]://[user:pass@]host:port[?starttls=1&from=addr]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

PORTS: Final = {"smtp": 25, "smtps": 465}
OPTIONS: Final = frozenset({"starttls", "from"})
FLAGS: Final = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server, how to speak to it, and whom letters come from; without `sender` that is for the hub to choose."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "none"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """The kind of value that `smtp_url` is."""

    expected: str = '"smtp://" or "smtps://", [user:password@]host[:port], and ?starttls=1&from=ADDRESS where needed'

    def parse(self, text: str) -> Any:
        """Return what a configuration file would have given."""
        return text

    def read(self, value: Any) -> SmtpServer:
        """Return the server. Raises ValueError and TypeError."""
        if not isinstance(value, str):
            raise TypeError
        url = urlsplit(value)
        options = dict(parse_qsl(url.query, strict_parsing=bool(url.query), keep_blank_values=True))
        starttls = FLAGS.get(options.get("starttls", "0"))
        if not value.isprintable() or url.scheme not in PORTS or not url.hostname or url.path.strip("/"):
            raise ValueError
        if url.fragment or set(options) - OPTIONS or starttls is None or (starttls and url.scheme == "smtps"):
            raise ValueError
        sender = options.get("from")
        if sender is not None and sender.count("@") != 1:
            raise ValueError
        return SmtpServer(
            host=url.hostname,
            port=PORTS[url.scheme] if url.port is None else url.port,
            security="tls" if url.scheme == "smtps" else "starttls" if starttls else "none",
            username=None if url.username is None else unquote(url.username),
            password=None if url.password is None else unquote(url.password),
            sender=sender,
        )
