"""Without a mail server the link goes to the log: whoever runs the hub passes it on."""

from __future__ import annotations

import logging

from actors.ports import Letter
from hub.logs import MAIL, Shown

log = logging.getLogger(MAIL)


class LogMailer:
    """Implements `actors.ports.Mailer`: a line for each letter, whatever `log_level` is."""

    def post(self, letter: Letter) -> None:
        """Write the line."""
        link = Shown(letter.link)
        log.info("password reset link", extra={"event": "password_reset_link", "user": letter.username, "link": link})

    async def run(self) -> None:
        """Return at once: nothing waits."""
