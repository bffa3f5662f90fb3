"""What letters say. Pure."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from actors.ports import Letter

TEXT: Final = """\
Hello {username},

somebody, probably you, forgot the password of this account. To set another one within half an hour, open

{link}

If it was not you, there is nothing to do: the password stays as it is.
"""


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the letter as mail. Raises ValueError for an address that no header can hold."""
    message = EmailMessage()
    message["Subject"] = "Set another password"
    message["From"] = sender
    message["To"] = letter.email
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    text = TEXT.format(username=letter.username, link=letter.link)
    # Not quoted-printable, which writes the `=` of the link as `=3D`: some read their mail as it came.
    message.set_content(text, cte="7bit" if text.isascii() else "base64")
    return message
