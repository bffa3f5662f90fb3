"""A hub whose handlers fail with secrets in their hands: `python -m tests.faults.broken_hub serve …`.

Which one fails is decided by the secret that it is given: what contains `FUSE`. Some of the errors even say the secret,
as a KeyError would.
"""

from __future__ import annotations

import sys
from typing import Any

from hub.cli import main
from hub.passwords import Argon2Passwords
from storage.accounts import Accounts

FUSE = "FUSE"


def break_in() -> None:
    """Put the faults in."""
    find, rotate, verify = Accounts._bearer, Accounts.rotate_bot, Argon2Passwords.verify

    async def find_or_fail(accounts: Accounts, credential: Any, secret: str) -> Any:
        if FUSE in secret:
            raise KeyError(secret)
        return await find(accounts, credential, secret)

    async def rotate_and_fail(accounts: Accounts, bot: int, credential: Any) -> Any:
        view = await rotate(accounts, bot, credential)
        if credential == "webhook_secret":
            raise ValueError(f"no good: {view.webhook_secret}")
        return view

    async def verify_or_fail(passwords: Argon2Passwords, password_hash: str | None, password: str) -> bool:
        if FUSE in password:
            raise RuntimeError("injected")
        return await verify(passwords, password_hash, password)

    Accounts._bearer = find_or_fail  # type: ignore[method-assign,assignment]
    Accounts.rotate_bot = rotate_and_fail  # type: ignore[method-assign,assignment]
    Argon2Passwords.verify = verify_or_fail  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    break_in()
    sys.exit(main())
