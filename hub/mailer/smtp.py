"""Letters by SMTP. Nobody waits for them; what the server does not take is tried again, then given up and logged."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from functools import partial
from typing import Final

import trio

from actors.ports import Letter
from hub.config.smtp import SmtpServer
from hub.logs import MAIL
from hub.mailer.letters import compose

log = logging.getLogger(MAIL)

WAITING: Final = 200
AT_ONCE: Final = 2
STEP_S: Final = 10.0
"""How long the server may take for one step."""
LETTER_S: Final = 60.0
"""How long one attempt may take in all."""
RETRY_S: Final = (5.0, 60.0, 300.0)
PERMANENT: Final = 500


class SmtpMailer:
    """Implements `actors.ports.Mailer`; `run` does the work.

    Threads speak to the server, for the standard library's client blocks; a server that hangs holds up its own thread.
    `tls` is what certificates are checked by; the system's authorities where it is not given.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        sender: str,
        tls: ssl.SSLContext | None = None,
        retry_s: Sequence[float] = RETRY_S,
        step_s: float = STEP_S,
    ) -> None:
        self._server = server
        self.sender = sender
        self._tls = tls
        self._retry_s = retry_s
        self._step_s = step_s
        self._in, self._out = trio.open_memory_channel[Letter](WAITING)
        self._limiter = trio.CapacityLimiter(AT_ONCE)

    def post(self, letter: Letter) -> None:
        """Take a letter, unless too many wait. Never blocks or raises."""
        try:
            self._in.send_nowait(letter)
        except trio.WouldBlock:
            log.warning("a letter was given up", extra={"reason": "too many wait for the mail server"})

    async def run(self) -> None:
        """Send letters until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(self._work)

    async def _work(self) -> None:
        async for letter in self._out:
            try:
                message = compose(letter, self.sender)
            except (ValueError, IndexError):  # the parser of addresses has its own mind
                log.warning("a letter was given up", extra={"reason": "the address fits into no header"})
                continue
            await self._bring(message, letter.email)

    async def _bring(self, message: EmailMessage, address: str) -> None:
        for wait_s in (*self._retry_s, None):
            try:
                with trio.fail_after(LETTER_S):
                    await self._in_thread(partial(self._hand_over, message, address))
            except (OSError, smtplib.SMTPException, trio.TooSlowError) as error:
                if wait_s is None or _is_final(error):
                    log.warning("a letter was given up", extra={"reason": _reason(error)})
                    return
                log.warning("a letter could not be sent yet", extra={"reason": _reason(error), "again_in_s": wait_s})
                await trio.sleep(wait_s)
            else:
                log.info("a letter was sent")
                return

    async def _in_thread(self, work: partial[None]) -> None:
        await trio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)

    def _hand_over(self, message: EmailMessage, address: str) -> None:
        """Speak to the server, in a thread. Raises OSError and SMTPException."""
        server = self._server
        tls = self._tls or ssl.create_default_context()
        domain = self.sender.rpartition("@")[2]
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=domain, timeout=self._step_s, context=tls
            )
        else:
            client = smtplib.SMTP(server.host, server.port, local_hostname=domain, timeout=self._step_s)
        with client:
            if server.security == "starttls":
                client.starttls(context=tls)
            if server.username is not None:
                client.login(server.username, server.password or "")
            client.send_message(message, self.sender, [address])


def _is_final(error: Exception) -> bool:
    """Whether the server will say the same tomorrow."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= PERMANENT
    return isinstance(error, smtplib.SMTPNotSupportedError)


def _reason(error: Exception) -> str:
    """What went wrong, without what was in the letter or whose address it has."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__} {error.strerror}"
    return type(error).__name__
