"""The doorman: who comes in, on how many devices, and who has to leave because a credential died.

Password sign-ins are counted by address, tokens are not: a token of 160 random bits cannot be guessed, and so those who
mistype passwords never lock the bots of their network out. Whoever is over the limit gets `rate_limited` and is closed
with 1012 by the door, not with 4403: the password may well be right, and a client that comes back later by itself is
what helps.
"""

import secrets
from collections.abc import Callable
from typing import Final, Literal

from actors.auth.devices import Farewell, who_goes
from actors.auth.guesses import Guesses, TooManyGuesses
from actors.messages.outcomes import Refused, bad_request
from actors.ports import Accounts, Clock, Feed, Gate, Passwords, PortError
from actors.switchboard import Connected, Outbox, Switchboard
from actors.values import Caller, Who
from protocol.codes import CloseCode, ErrorCode
from protocol.errors import Close
from protocol.frames import Hello, UserView

SignedInBy = Literal["token", "password"]

VIEWS_PER_USER: Final = 2
"""Connections of a user to the AuroriaLink view, by its document; they are counted apart from native sessions."""

REVOKED = Farewell(CloseCode.REVOKED, "the credential is no longer valid")


class Doorman:
    """Signs in, and signs out. One for the hub; all its state is the switchboard."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        passwords: Passwords,
        guesses: Guesses,
        switchboard: Switchboard,
        clock: Clock,
        feed: Feed,
        devices_per_user: int,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(12),
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._switchboard = switchboard
        self._clock = clock
        self._feed = feed
        self._devices = devices_per_user
        self._guesses = guesses
        self._new_id = new_id
        self._revocations = 0

    async def sign_in(self, hello: Hello, address: str, outbox: Outbox, gate: Gate) -> Connected | Refused:
        """Sign in, close those that have to make room, and enter the switchboard.

        Raises `Close` with 4403 for a wrong credential, after the same time whether the user exists or not, and for a
        bot's at a view: views are for people. `Refused`
        when it cannot be told now: too many attempts from this address, or the store cannot be read. A cancelled
        sign-in has done nothing.
        """
        while True:
            revocations = self._revocations
            try:
                caller = await self._identify(hello, address)
            except PortError as error:
                return Refused(code=ErrorCode.UNAVAILABLE, message="cannot sign in now", retry_ms=error.retry_ms)
            # Revoked between the look-up and now: the session would have been in nobody's table. Look again.
            if revocations == self._revocations:
                break
        if isinstance(caller, Refused):
            return caller
        if caller is None or not (outbox.codec.native or caller.kind == "user"):
            raise Close(CloseCode.NOT_AUTHENTICATED, "wrong token or password")
        return self._admit(caller, hello, outbox, gate)

    def revoke(self, who: Who, credential: SignedInBy | None = None, *, spare: Connected | None = None) -> None:
        """End the live sessions that came in by this credential, all for None, with 4411; `spare` stays.

        Call it once the credential is dead in the store. Sign-ins that are under way look again.
        """
        self._revocations += 1
        for session in self._switchboard.of(who):
            if session is not spare and credential in (None, session.credential):
                self._dismiss(session, REVOKED)

    async def confirm(self, session: Connected, password: str | None) -> Refused | None:
        """Why the session's user may not have another password: its present one must be given, where there is one.

        Raises `PortError`.
        """
        current = await self._accounts.password_hash(session.caller.id)
        if current is None:
            return None
        if password is None:
            return bad_request("the present password is needed to set another", "old_password")
        right = await self._verify(current, password, account=session.caller.who)
        if isinstance(right, Refused):
            return right
        if not right:
            return Refused(code=ErrorCode.FORBIDDEN, message="the present password is another", field="old_password")
        return None

    async def set_password(self, session: Connected, new: str) -> UserView:
        """Give the session's user another password; what came in by the old one ends, here and on the web.

        Raises `PortError`: then the old password holds.
        """
        view = await self._accounts.set_password(session.caller.id, await self._passwords.hash(new))
        self.revoke(session.caller.who, "password", spare=session)
        self._feed.disconnect_cookies(session.caller.id)
        return view

    async def _identify(self, hello: Hello, address: str) -> Caller | Refused | None:
        if hello.token is not None:
            return await self._accounts.by_token(hello.token)
        return await self._by_password(hello.username or "", hello.password or "", address)

    async def _by_password(self, username: str, password: str, address: str) -> Caller | Refused | None:
        found = await self._accounts.by_username(username)
        # Counted only now: a store that cannot be read is nobody's wrong password.
        # Verified even when nobody was found: a quick answer would tell who exists.
        right = await self._verify(found[1] if found else None, password, address=address)
        if isinstance(right, Refused):
            return right
        return found[0] if found is not None and right else None

    async def _verify(
        self, password_hash: str | None, password: str, *, address: str | None = None, account: Who | None = None
    ) -> bool | Refused:
        try:
            return await self._guesses.verify(password_hash, password, address=address, account=account)
        except TooManyGuesses as error:
            return Refused(
                code=ErrorCode.RATE_LIMITED,
                message="too many wrong passwords, wait",
                retry_ms=int(error.wait_s * 1_000) + 1,
            )

    def _admit(self, caller: Caller, hello: Hello, outbox: Outbox, gate: Gate) -> Connected:
        """No other task runs in here: however many sign in at once, the limit is exact."""
        native, session_id = outbox.codec.native, self._new_id()
        # A view's client has no name for its device: each connection is one.
        device = hello.device if native else session_id
        present = [session for session in self._switchboard.of(caller.who) if session.outbox.codec.native == native]
        for session, farewell in who_goes(present, device, self._devices if native else VIEWS_PER_USER):
            self._dismiss(session, farewell)
        by: SignedInBy = "password" if hello.token is None else "token"
        admitted = Connected(session_id, caller, device, outbox, gate, self._clock.now_ms(), by)
        self._switchboard.enter(admitted)
        return admitted

    def _dismiss(self, session: Connected, farewell: Farewell) -> None:
        # It leaves the switchboard at once, and so counts no more; its door puts the rest away when the socket is gone.
        self._switchboard.leave(session.id)
        session.gate.close(farewell.code, farewell.reason)
