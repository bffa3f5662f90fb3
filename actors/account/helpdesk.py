"""The helpdesk: links for those who forgot their passwords.

Nobody waits for it, so that nobody learns from how long it takes who has an account.
"""

import logging
from typing import Final

import trio
from msgspec import Struct

from actors.messages.account import Forgot
from actors.ports import Letter, Mailer, People, PortError, WebSessions
from actors.runtime.actor import Actor
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.window import Span, Windows

log = logging.getLogger("hubbub.account")

IDLE_S: Final = 60.0
LETTERS: Final = Span(10, 600.0)
"""So many letters one person gets at most: anybody may ask for them."""


class HelpdeskPorts(Struct, frozen=True):
    """What the helpdesk works with; `written` outlives its sleep."""

    people: People
    sessions: WebSessions
    mailer: Mailer
    public_url: str
    written: Windows


def helpdesk_kind(
    *, people: People, sessions: WebSessions, mailer: Mailer, public_url: str, mailbox_limit: int = 1_024
) -> Kind[Forgot]:
    """The kind "helpdesk", with the one key "hub". Links lead to `public_url`, whatever a request calls the hub."""
    ports = HelpdeskPorts(people, sessions, mailer, public_url.rstrip("/"), Windows(LETTERS))
    return Kind(
        name="helpdesk",
        factory=lambda _: Helpdesk(ports),
        messages=Forgot,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )


class Helpdesk(Actor[Forgot]):
    """Writes letters. It has no state of its own."""

    __slots__ = ("_ports",)

    def __init__(self, ports: HelpdeskPorts) -> None:
        self._ports = ports

    async def receive(self, message: Forgot, reply: Reply) -> None:
        """Send a link to whoever has the address, if anybody."""
        try:
            await self._help(message.email)
        except PortError as error:
            log.warning("no reset link was made", extra={"reason": str(error)})
        except LookupError:
            return  # deleted just now

    async def _help(self, email: str) -> None:
        person = await self._ports.people.find_address(email)
        if person is None or person.email is None or self._ports.written.take(person.id, trio.current_time()):
            return
        token = await self._ports.sessions.offer_reset(person.id)
        link = f"{self._ports.public_url}/reset-password?token={token}"
        self._ports.mailer.post(Letter(person.email, person.username, link))
