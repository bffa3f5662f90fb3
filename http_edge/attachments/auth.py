"""Who asks: by a native token, or by a link that somebody made who may read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from werkzeug.datastructures import Headers

from actors.messages.outcomes import Refused
from actors.ports import Accounts, Clock, Grant, LinkSigner
from actors.values import Caller, Who
from http_edge.gateway import Gateway
from protocol.frames import Attachment

MAX_TOKEN_CHARS: Final = 512
LINK_S: Final = 3_600
MAX_LINK_S: Final = 604_800

_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]+) *", re.ASCII | re.IGNORECASE)
_VIEWER: Final = re.compile(r"(user|bot)-([1-9][0-9]{0,15})", re.ASCII)
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)


class Doorkeeper:
    """Tells who asks, and makes links. Everything that it says no to is the same no."""

    __slots__ = ("_accounts", "_clock", "_gateway", "_signer")

    def __init__(self, accounts: Accounts, signer: LinkSigner, gateway: Gateway, clock: Clock) -> None:
        self._accounts = accounts
        self._signer = signer
        self._gateway = gateway
        self._clock = clock

    async def bearer(self, headers: Headers) -> Caller | Refused | None:
        """Whose token stands in `Authorization`; None for nobody's, `Refused` when it cannot be told now."""
        match = _BEARER.fullmatch(headers.get("Authorization", ""))
        if match is None or len(match[1]) > MAX_TOKEN_CHARS:
            return None
        return await self._gateway.read(self._accounts.by_token(match[1]))

    async def viewer(self, headers: Headers, args: Mapping[str, str], id: int) -> Who | Refused | None:
        """Who wants to read an attachment: by token, if there is one, else by link."""
        if "Authorization" not in headers:
            return self._of_link(args, id)
        caller = await self.bearer(headers)
        return caller.who if isinstance(caller, Caller) else caller

    def link(self, file: Attachment, viewer: Who, seconds: int) -> tuple[str, int]:
        """The path of a link that lets whoever has it read what `viewer` may, and when it ends, in s since the epoch.

        It never lets anybody read more or longer than the viewer may: that is looked at each time.
        """
        expires = self._clock.now_ms() // 1_000 + seconds
        signature = self._signer.sign(Grant(file.id, viewer, expires))
        query = urlencode({"viewer": f"{viewer.kind}-{viewer.id}", "expires": expires, "signature": signature})
        return f"{file.url}?{query}", expires

    def _of_link(self, args: Mapping[str, str], id: int) -> Who | None:
        viewer = _VIEWER.fullmatch(args.get("viewer", ""))
        expires = _SECONDS.fullmatch(args.get("expires", ""))
        if viewer is None or expires is None:
            return None
        who = Who("user" if viewer[1] == "user" else "bot", int(viewer[2]))
        grant = Grant(id, who, int(expires[0]))
        if not self._signer.holds(grant, args.get("signature", "")):
            return None
        return who if self._clock.now_ms() < grant.expires * 1_000 else None


def seconds_of(text: str | None) -> int | None:
    """How long a link is to last: an hour unless said; None for what is not from 1 to `MAX_LINK_S`."""
    if text is None:
        return LINK_S
    match = _SECONDS.fullmatch(text)
    seconds = int(match[0]) if match else 0
    return seconds if 0 < seconds <= MAX_LINK_S else None
