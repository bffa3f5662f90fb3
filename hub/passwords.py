"""argon2id, off the event loop and behind a limiter.

The cost is OWASP's second choice (19 MiB, two passes, one lane): some 25 ms of one core. The library's default (64 MiB,
three passes, four lanes) takes four times as long, and whoever floods a chat hub with logins would win by it.
"""

from __future__ import annotations

import logging
import math
import secrets
from base64 import b64encode

import trio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from actors.ports import PasswordsBusy

log = logging.getLogger("hubbub.passwords")

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
AT_ONCE = 2
WAITING = 256  # three seconds' worth
BUSY_RETRY_MS = 3_000


class Argon2Passwords:
    """Hashes and checks passwords in worker threads; implements `actors.ports.Passwords`.

    At most `at_once` run at a time, `waiting` others wait in line, and the next one is told to come back: raises
    `PasswordsBusy`. A flood of logins costs `at_once` cores and 19 MiB each, never the event loop. Cancelling a call
    abandons its answer; its thread keeps its place until it ends.
    """

    def __init__(
        self, *, at_once: int = AT_ONCE, waiting: float = math.inf, hasher: PasswordHasher | None = None
    ) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._limiter = trio.CapacityLimiter(at_once)
        self._waiting = waiting
        self._nobody = hash_of_nobody(self._hasher)

    async def hash(self, password: str) -> str:
        """Return the PHC string to store, with a salt of its own."""
        self._check_room()
        return await trio.to_thread.run_sync(
            self._hasher.hash, _encoded(password), limiter=self._limiter, abandon_on_cancel=True
        )

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether it is the password; without a hash it takes the same time and is False."""
        self._check_room()
        matches = await trio.to_thread.run_sync(
            self._matches,
            password_hash or self._nobody,
            _encoded(password),
            limiter=self._limiter,
            abandon_on_cancel=True,
        )
        return matches and password_hash is not None

    def _check_room(self) -> None:
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise PasswordsBusy("too many passwords are being verified", BUSY_RETRY_MS)

    def _matches(self, password_hash: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerificationError:
            return False
        except InvalidHashError:
            log.error("a stored password hash is damaged: that user can only sign in by token")  # noqa: TRY400
            return False


def hash_of_nobody(hasher: PasswordHasher) -> str:
    """Return a hash that no known password has. To check against it takes as long as a real check, and always fails."""
    salt, digest = (_base64(secrets.token_bytes(size)) for size in (hasher.salt_len, hasher.hash_len))
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


def _base64(data: bytes) -> str:
    return b64encode(data).rstrip(b"=").decode()


def _encoded(password: str) -> bytes:
    # Lone surrogates come through JSON escapes: no reason to fail, and no way to collide with a valid text.
    return password.encode("utf-8", "surrogatepass")
