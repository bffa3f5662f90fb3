"""When a call is made again, and after how long. Pure.

Again is safe in two cases only: after 429, when the hub did nothing, and for a GET. A POST whose answer was lost may
have been done, and ChatPion has no key by which the hub could tell a repetition from a second message.
"""

from collections.abc import Callable
from typing import Final

from protocol.backoff import Backoff
from protocol.chatpion.errors import ChatPionError, RateLimited, ServerError, Unreachable

BASE_S: Final = 0.5


class Attempts:
    """The attempts of one call: `retries` more for a GET that failed, and `rate_wait_s` in all for a rate to open.

    `random` gives numbers from 0 to 1.
    """

    def __init__(self, *, safe: bool, retries: int, rate_wait_s: float, random: Callable[[], float]) -> None:
        self._retries = retries if safe else 0
        self._rate_wait_s = rate_wait_s
        self._backoff = Backoff(random, BASE_S)

    def after(self, error: ChatPionError) -> float:
        """Return the seconds after which to call again. Raises the error if that is not to be."""
        if isinstance(error, RateLimited):
            return self._until_it_opens(error)
        if not isinstance(error, ServerError | Unreachable) or self._retries == 0:
            raise error
        self._retries -= 1
        return self._backoff.next_s()

    def _until_it_opens(self, error: RateLimited) -> float:
        # Without a time the hub's shortest is assumed: less would only spend attempts.
        wait_s = max(1, error.retry_after_s or 1)
        if wait_s > self._rate_wait_s:
            raise error
        self._rate_wait_s -= wait_s
        return wait_s
