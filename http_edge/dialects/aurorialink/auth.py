"""Who presents a key, and who presented too many wrong ones."""

from __future__ import annotations

from collections.abc import Callable

from actors.messages.outcomes import Refused
from actors.ports import Accounts
from actors.values import BotLogin
from http_edge.dialects.aurorialink.wire import spellings
from http_edge.gateway import Gateway
from http_edge.ratelimit import Bans


class Doorkeeper:
    """Lets bots in by their `key_access`. Addresses are counted by `Peer.network`."""

    __slots__ = ("_accounts", "_bans", "_gateway", "_monotonic")

    def __init__(self, accounts: Accounts, gateway: Gateway, bans: Bans, monotonic: Callable[[], float]) -> None:
        self._accounts = accounts
        self._gateway = gateway
        self._bans = bans
        self._monotonic = monotonic

    def keeps_out(self, network: str) -> bool:
        """Whether nobody is let in from there at present, whatever the key."""
        return self._bans.is_banned(network, self._monotonic())

    async def sign_in(self, key: str, network: str) -> BotLogin | Refused | None:
        """Return the bot. None for a wrong key, which is counted, and for a ban that began meanwhile.

        `Refused` when it cannot be told now; that is nobody's wrong key.
        """
        login = await self._look_up(key)
        if isinstance(login, Refused) or self.keeps_out(network):
            return login if isinstance(login, Refused) else None
        if login is None:
            self._bans.failed(network, self._monotonic())
        else:
            self._bans.succeeded(network)
        return login

    async def _look_up(self, key: str) -> BotLogin | Refused | None:
        for spelling in spellings(key):
            login = await self._gateway.read(self._accounts.by_key_access(spelling))
            if login is not None:
                return login
        return None
