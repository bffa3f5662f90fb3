"""Connections to platforms. No answer shows a secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from actors.chatpion.ports import SocialAccounts
from actors.chatpion.shown import Shown, time
from actors.chatpion.signing import key_of
from actors.chatpion.values import HUB, SocialAccount, SocialSecrets
from actors.ports import Clock
from http_edge.dialects.chatpion.errors import bad_input, expected
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.platforms import MAX_CHARS, platform_in
from http_edge.dialects.chatpion.routes import Call, Endpoint, Route
from http_edge.dialects.chatpion.urls import LetsThrough, url_in
from http_edge.gateway import Gateway

WEBHOOK: Final = "webhook"
MASK: Final = "********"
MAX_NAME_CHARS: Final = 200
MAX_SECRET_CHARS: Final = 4_096
STATUSES: Final = ("active", "inactive")


class SocialFilter(Struct, frozen=True):
    """Which to show."""

    platform: str | None = None
    status: str | None = None


class Connect(Struct, frozen=True):
    """What to connect. `url` is for `webhook`, the last two are Meta's."""

    platform: str
    access_token: str
    name: str | None = None
    url: str | None = None
    app_secret: str | None = None
    verify_token: str | None = None


class SocialSection:
    """Routes about connections. It has no state."""

    def __init__(self, *, social: SocialAccounts, gateway: Gateway, clock: Clock, lets_through: LetsThrough) -> None:
        self._social = social
        self._gateway = gateway
        self._clock = clock
        self._lets_through = lets_through

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        rule, noun = "/api/social_accounts", "social_accounts"
        return [
            Endpoint(route=Route(method="GET", rule=rule, noun=noun), handler=self.index, query=SocialFilter),
            Endpoint(route=Route(method="POST", rule=rule, noun=noun), handler=self.connect, body=Connect),
        ]

    async def index(self, call: Call) -> list[Shown]:
        """List the account's connections."""
        platform = call.args.text("platform", most=MAX_CHARS)
        status = call.args.choice("status", STATUSES)
        reading = self._social.list(call.account.id, platform=platform, status=status)  # type: ignore[arg-type]
        return [social_shown(each) for each in expected(await self._gateway.read(reading))]

    async def connect(self, call: Call) -> Shown:
        """Connect the account to a platform. Messages to it go by the newest active connection."""
        fields = call.fields
        platform = platform_in(fields)
        if platform == HUB:
            raise bad_input(f"platform {HUB} is always connected")
        secrets = _secrets(fields, platform)
        name, url = fields.text("name", most=MAX_NAME_CHARS), url_in(fields, "url", self._lets_through)
        if platform == WEBHOOK and url is None:
            raise bad_input(f"url is required for platform {WEBHOOK}")
        now = self._clock.now_ms()
        made = self._social.connect(call.account.id, platform=platform, name=name, url=url, secrets=secrets, now=now)
        return social_shown(expected(await self._gateway.read(made)))


def _secrets(fields: Fields, platform: str) -> SocialSecrets:
    token = fields.required_text("access_token", most=MAX_SECRET_CHARS)
    if platform == WEBHOOK and key_of(token) is None:
        raise bad_input(f"access_token must be whsec_ and base64 of 24 to 64 bytes for platform {WEBHOOK}")
    return SocialSecrets(
        access_token=token,
        app_secret=fields.text("app_secret", most=MAX_SECRET_CHARS),
        verify_token=fields.text("verify_token", most=MAX_SECRET_CHARS),
    )


def social_shown(account: SocialAccount) -> Shown:
    """A connection, as it is shown."""
    return {
        "id": account.id,
        "platform": account.platform,
        "name": account.name,
        "access_token": MASK,
        "url": account.url,
        "status": account.status,
        "connected_at": time(account.connected_at),
    }
