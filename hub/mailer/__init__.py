"""Letters to people: by SMTP where it is configured, otherwise to the log of whoever runs the hub."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from actors.ports import Letter
from hub.config.smtp import SmtpServer
from hub.mailer.logged import LogMailer
from hub.mailer.smtp import SmtpMailer

__all__ = ["LogMailer", "RunningMailer", "SmtpMailer", "mailer_for"]


class RunningMailer(Protocol):
    """An `actors.ports.Mailer` that needs a task of its own."""

    def post(self, letter: Letter) -> None: ...

    async def run(self) -> None: ...


def mailer_for(server: SmtpServer | None, public_url: str) -> RunningMailer:
    """Return the mailer that the configuration asks for."""
    if server is None:
        return LogMailer()
    return SmtpMailer(server, sender=server.sender or f"hubbub@{_domain(public_url)}")


def _domain(public_url: str) -> str:
    host = urlsplit(public_url).hostname or ""
    # An address is no domain: there mail cannot come from.
    return host if any(char.isalpha() for char in host) and ":" not in host else "localhost"
