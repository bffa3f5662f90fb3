"""Calls for accounts of ChatPion: what people say to subscribers' actors, and messages to other platforms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from actors.chatpion.parcels import Parcel
from actors.chatpion.values import SocialAccount, SocialSecrets
from actors.messages.order import StaffWrote
from actors.messages.outcomes import Done
from actors.messages.subscriber import Heard, Told
from actors.ports import AttachmentStore, Grant, Library, LinkSigner, Outbound
from actors.runtime.actor import Context
from actors.values import Call, Lane, Verdict, Who
from actors.webhook.connectors import Connector, Delivery
from actors.webhook.errands import refused, until_heard
from actors.webhook.flowing import Owners, Staff
from actors.webhook.posting import Poster, Targets

PATIENCE_S: Final = 5.0
TELL_FOR_S: Final = 60.0
"""What was posted is not posted again only because it cannot be noted at once."""
LINK_S: Final = 7 * 86_400
NO_CONNECTION: Final = Verdict("dead", "no connection")


class Way(Struct, frozen=True):
    """How one platform is reached."""

    connector: Connector
    outbound: Outbound


class Connections(Protocol):
    """As much of `actors.chatpion.ports.SocialAccounts` as messages need."""

    async def social_account(self, id: int) -> SocialAccount | None: ...

    async def secrets(self, id: int) -> SocialSecrets | None: ...


class Outside(Struct, frozen=True, kw_only=True):
    """What calls for accounts need, and those for companies, whose endpoints `shops` knows.

    `ways` are those of the platforms that there is a connector for, by name. `events` are posted by a client of their
    own, and so are the calls of `flows`; `base_url` is what the paths of files follow. `staff` are the persons that
    flows hand over to.
    """

    hooks: Targets
    shops: Targets
    events: Outbound
    social_accounts: Connections
    attachments: AttachmentStore
    signer: LinkSigner
    ways: Mapping[str, Way]
    base_url: str
    flows: Outbound
    owners: Owners
    staff: Staff
    library: Library


class ToSubscriber:
    """The `Errand` that tells a subscriber's actor what was said in its conversation."""

    __slots__ = ("_context", "_lane")

    def __init__(self, context: Context, lane: Lane) -> None:
        self._context = context
        self._lane = lane

    async def carry_out(self, call: Call) -> Verdict:
        """Tell it, until it has dealt with it."""
        subscriber = self._context.ref("subscriber", self._lane.receiver)
        outcome = await until_heard(subscriber, Heard(message=call.message), PATIENCE_S)
        return Verdict("done", "heard") if isinstance(outcome, Done) else refused(outcome)


class ToOrder:
    """The `Errand` that tells the actor of a customer's order what was written in its room."""

    __slots__ = ("_context", "_lane")

    def __init__(self, context: Context, lane: Lane) -> None:
        self._context = context
        self._lane = lane

    async def carry_out(self, call: Call) -> Verdict:
        """Tell it, until it has dealt with it."""
        order = self._context.ref("order", self._lane.receiver)
        outcome = await until_heard(order, StaffWrote(message=call.message), PATIENCE_S)
        return Verdict("done", "heard") if isinstance(outcome, Done) else refused(outcome)


class ToPlatform:
    """The `Errand` that sends messages by a connection, and tells the subscriber's actor how that went."""

    __slots__ = ("_context", "_lane", "_outside", "_poster")

    def __init__(self, context: Context, lane: Lane, outside: Outside, poster: Callable[[Outbound], Poster]) -> None:
        self._context = context
        self._lane = lane
        self._outside = outside
        self._poster = poster

    async def carry_out(self, call: Call) -> Verdict:
        """Send it, and have it known once there is nothing more to be tried."""
        parcel = msgspec.json.decode(call.body or "", type=Parcel)
        verdict = await self._send(call, parcel)
        if verdict.state != "pending":
            await self._tell(parcel, verdict)
        return verdict

    async def _send(self, call: Call, parcel: Parcel) -> Verdict:
        account = await self._outside.social_accounts.social_account(self._lane.receiver)
        secrets = await self._outside.social_accounts.secrets(self._lane.receiver)
        way = None if account is None else self._outside.ways.get(account.platform)
        if account is None or secrets is None or way is None:
            return NO_CONNECTION
        poster = self._poster(way.outbound)
        url = await self._link(parcel, poster.now_ms)
        delivery = Delivery(call, parcel, account, secrets, url, poster.now_ms)
        return await poster.attempt(call, lambda: way.connector.requests(delivery))

    async def _link(self, parcel: Parcel, now_ms: int) -> str | None:
        """Where the platform gets the file: where the account said, or here for who has this link."""
        if parcel.attachment is not None or parcel.file is None:
            return parcel.attachment
        bot = Who("bot", parcel.bot)
        file = await self._outside.attachments.open(bot, parcel.file)
        if file is None:
            return None
        expires = now_ms // 1_000 + LINK_S
        signature = self._outside.signer.sign(Grant(parcel.file, bot, expires))
        query = urlencode({"viewer": f"bot-{parcel.bot}", "expires": expires, "signature": signature})
        return f"{self._outside.base_url.rstrip('/')}{file.attachment.url}?{query}"

    async def _tell(self, parcel: Parcel, verdict: Verdict) -> None:
        told = (
            Told(letter=parcel.letter, state="delivered")
            if verdict.state == "done"
            else Told(letter=parcel.letter, state="failed", error=f"The platform did not take it: {verdict.outcome}")
        )
        outcome = await until_heard(self._context.ref("subscriber", parcel.conv), told, TELL_FOR_S)
        if not isinstance(outcome, Done):
            refused(outcome)
