"""What comes in from other platforms: checked, read, and handed to the actors of the subscribers that it is about.

For the edge: `Inbound.take` answers with what any request is answered with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from actors.chatpion.inbound import BadInbound, Became, Wrote, of_meta, of_webhook
from actors.chatpion.ports import Letters, NewSubscriber, Saved
from actors.chatpion.signing import challenge, is_metas, is_signed
from actors.chatpion.values import Account, SocialAccount, SocialSecrets, Subscriber
from actors.faults import refusal_for
from actors.messages.outcomes import Done, Refused, bad_request, not_found
from actors.messages.subscriber import Receive, Told
from actors.ports import Clock, PortError
from actors.runtime.errors import RuntimeFault
from actors.subscriber.ports import Owners
from actors.subscriber.waking import Refs
from protocol.codes import ErrorCode

WEBHOOK: Final = "webhook"
METAS: Final = frozenset({"facebook", "instagram"})
UNSIGNED: Final = Refused(code=ErrorCode.UNAUTHENTICATED, message="the signature is not valid")
NO_ACCOUNT: Final = not_found("social account")


class Connected(Protocol):
    """As much of `actors.chatpion.ports.SocialAccounts` as is needed here."""

    async def social_account(self, id: int) -> SocialAccount | None: ...

    async def secrets(self, id: int) -> SocialSecrets | None: ...


class Known(Protocol):
    """As much of `actors.chatpion.ports.Subscribers` as is needed here."""

    async def known(self, account: int, platform: str, platform_id: str) -> Subscriber | None: ...

    async def upsert(self, account: Account, new: NewSubscriber, now: int) -> Saved: ...

    async def subscriber(self, account: int, id: int) -> Subscriber | None: ...


class Inbound:
    """Takes what platforms post to `/api/inbound/{social account}`. One serves the whole hub."""

    __slots__ = ("_clock", "_connected", "_letters", "_owners", "_refs", "_subscribers")

    def __init__(
        self, *, connected: Connected, subscribers: Known, letters: Letters, owners: Owners, clock: Clock, refs: Refs
    ) -> None:
        self._connected = connected
        self._subscribers = subscribers
        self._letters = letters
        self._owners = owners
        self._clock = clock
        self._refs = refs

    async def take(self, id: int, headers: Mapping[str, str], body: bytes) -> Done | Refused:
        """Deal with a call; `headers` by names in lower case. To take the same one again is harmless.

        `Refused`: `not_found` for no such connection or message, `unauthenticated` for a signature that does not hold,
        `bad_request`; temporary when it cannot be taken now. Who is written by for the first time is a subscriber then.
        """
        try:
            return await self._take(id, headers, body)
        except BadInbound as error:
            return bad_request(str(error), "body")
        except (PortError, RuntimeFault) as fault:
            return refusal_for(fault)

    async def challenge(self, id: int, args: Mapping[str, str]) -> str | Refused:
        """What Meta is answered that asks whether this is the address of the connection."""
        try:
            secrets = await self._connected.secrets(id)
        except PortError as error:
            return refusal_for(error)
        answer = None if secrets is None else challenge(secrets.verify_token, args)
        return Refused(code=ErrorCode.FORBIDDEN, message="the verify token is not valid") if answer is None else answer

    async def _take(self, id: int, headers: Mapping[str, str], body: bytes) -> Done | Refused:
        account, secrets = await self._connected.social_account(id), await self._connected.secrets(id)
        if account is None or secrets is None or account.platform not in METAS | {WEBHOOK}:
            return NO_ACCOUNT
        if account.platform == WEBHOOK:
            if not is_signed(secrets.access_token, headers, body, self._clock.now_ms()):
                return UNSIGNED
            return await self._told(account, of_webhook(headers["webhook-id"], body))
        if secrets.app_secret is None or not is_metas(secrets.app_secret, headers, body):
            return UNSIGNED
        for wrote in of_meta(body):
            outcome = await self._told(account, wrote)
            if isinstance(outcome, Refused):
                return outcome
        return Done()

    async def _told(self, account: SocialAccount, told: Wrote | Became) -> Done | Refused:
        return await (self._wrote(account, told) if isinstance(told, Wrote) else self._became(account, told))

    async def _wrote(self, account: SocialAccount, wrote: Wrote) -> Done | Refused:
        subscriber = await self._subscribers.known(account.account, account.platform, wrote.platform_id)
        if subscriber is None:
            owner = await self._owners.account(account.account)
            if owner is None:
                return NO_ACCOUNT
            new = NewSubscriber(platform=account.platform, platform_id=wrote.platform_id)
            subscriber = (await self._subscribers.upsert(owner, new, self._clock.now_ms())).subscriber
        # Two connections of one platform may give the same id to different messages.
        return await self._ask(subscriber, Receive(id=f"{account.id}:{wrote.id}", text=wrote.text))

    async def _became(self, account: SocialAccount, became: Became) -> Done | Refused:
        letter = await self._letters.letter(account.account, became.letter)
        if letter is None or letter.platform != account.platform or letter.direction != "out":
            return not_found("message")
        subscriber = await self._subscribers.subscriber(account.account, letter.subscriber)
        if subscriber is None:
            return not_found("message")
        return await self._ask(subscriber, Told(letter=letter.id, state=became.state, error=became.error))

    async def _ask(self, subscriber: Subscriber, message: Receive | Told) -> Done | Refused:
        outcome = await self._refs.ref("subscriber", subscriber.conv).ask(message)
        return outcome if isinstance(outcome, Done | Refused) else refusal_for(outcome)
