"""Who may still guess at passwords: by address, and by account where strangers know its name.

One object for every door that takes passwords, so that nobody gets twice as many guesses by knocking at two.
"""

from collections.abc import Callable

import trio

from actors.addresses import network_of
from actors.auth.attempts import Attempts
from actors.bucket import Rate
from actors.ports import Passwords, PortError
from actors.values import Who


def address_key(address: str) -> str:
    """What the guesses from an address are counted by."""
    return f"address {network_of(address)}"


class TooManyGuesses(Exception):
    """There were too many wrong ones; there may be one more in `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait {wait_s:.0f} s")
        self.wait_s = wait_s


class Guesses:
    """Verifies passwords: so many wrong ones a minute for each address, and for each account."""

    __slots__ = ("_accounts", "_addresses", "_passwords")

    def __init__(
        self,
        passwords: Passwords,
        *,
        per_address: int,
        per_account: int,
        monotonic: Callable[[], float] = trio.current_time,
    ) -> None:
        self._passwords = passwords
        self._addresses = Attempts(Rate(per_address / 60, per_address), monotonic)
        self._accounts = Attempts(Rate(per_account / 60, per_account), monotonic)

    async def verify(
        self, password_hash: str | None, password: str, *, address: str | None = None, account: Who | str | None = None
    ) -> bool:
        """Whether it is the password; without a hash it takes the same time. Only wrong ones count.

        Each of `address` (of a client) and `account` (a user, or a name that nobody has) is counted if it is given.
        Raises `TooManyGuesses`, and `PortError` when too many passwords are being verified. A guess that is cancelled
        was a wrong one.
        """
        keys = [(self._addresses, address_key(address))] if address is not None else []
        keys += [(self._accounts, str(account))] if account is not None else []
        begun: list[tuple[Attempts, str]] = []
        counts = False
        try:
            for attempts, key in keys:
                await _begin(attempts, key)
                begun.append((attempts, key))
            counts = True
            right = await self._passwords.verify(password_hash, password)
            counts = not right
        except PortError:
            counts = False
            raise
        finally:
            for attempts, key in begun:
                attempts.end(key, right=not counts)
        return right


async def _begin(attempts: Attempts, key: str) -> None:
    wait_s = await attempts.begin(key)
    if wait_s:
        raise TooManyGuesses(wait_s)
