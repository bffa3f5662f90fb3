"""What bots reported goes when it is too old, or more than a bot may keep."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import trio

from actors.ports import PortError
from storage.records import Records

log = logging.getLogger("hubbub.storage")

EVERY_S: Final = 600.0
AT_ONCE: Final = 500
"""One transaction's share: what others write meanwhile waits for some milliseconds."""
PAUSE_S: Final = 0.05
DAY_MS: Final = 86_400_000


class Term(NamedTuple):
    """How long records of a sort are kept, in days."""

    records: Records[Any]
    max_age_days: float


class Retention:
    """Forgets records in the background."""

    def __init__(self, terms: Sequence[Term], now_ms: Callable[[], int]) -> None:
        self._terms = terms
        self._now_ms = now_ms

    async def run(self) -> None:
        """Forget what is due at once and then every ten minutes, until cancelled."""
        while True:
            await self.sweep()
            await trio.sleep(EVERY_S)

    async def sweep(self) -> None:
        """Forget all that is due. What cannot be forgotten now is logged, and stays for the next time."""
        for term in self._terms:
            try:
                await self._trim(term)
            except PortError as error:
                log.warning("records that are due to go stay for now", extra={"reason": str(error)})

    async def _trim(self, term: Term) -> None:
        before, gone = self._now_ms() - round(term.max_age_days * DAY_MS), AT_ONCE
        while gone == AT_ONCE:
            gone = await term.records.trim(before, AT_ONCE)
            await trio.sleep(PAUSE_S)
