"""Brings credentials under the current master key when they are used: only then does the hub know them.

What comes while one commit runs is the next one, so that ten thousand clients that come back after a rotation cost some
commits, not ten thousand. Nothing is lost when one fails: the next use of the credential tries again.
"""

from __future__ import annotations

import logging
from functools import partial

from actors.ports import StoreUnavailable
from protocol.frames import Credential
from storage.bearers import Bearer
from storage.bridge import Bridge
from storage.credentials import keep_anew
from storage.database import Database
from storage.vault import Kept, Vault, is_shown_again

log = logging.getLogger("hubbub.storage")

MAX_WAITING = 10_000
"""What comes beyond waits for its next use."""


class Rekeying:
    """`is_current` and `note` belong to the trio thread, the rest to the asyncio loop."""

    def __init__(self, bridge: Bridge, database: Database, vault: Vault) -> None:
        self._bridge = bridge
        self._database = database
        self._vault = vault
        self._waiting: dict[int, Kept] = {}
        self._working = False

    def is_current(self, bearer: Bearer, credential: Credential) -> bool:
        """Whether the credential is kept as it would be today."""
        lacks_seal = is_shown_again(bearer.caller.who, credential) and not bearer.is_sealed
        return bearer.key_id == self._vault.key_id and not lacks_seal

    def note(self, bearer: Bearer, credential: Credential, secret: str) -> None:
        """Somebody presented this secret: keep it as it is kept today. Never blocks."""
        kept = self._vault.keep(bearer.caller.who, credential, secret)
        self._bridge.post(self._take, bearer.credential_id, kept)

    def _take(self, credential_id: int, kept: Kept) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting[credential_id] = kept
        if not self._working:
            self._working = True
            self._bridge.spawn(self._work)

    async def _work(self) -> None:
        try:
            while self._waiting:
                kept, self._waiting = self._waiting, {}
                await self._database.write(partial(keep_anew, kept=kept))
        except StoreUnavailable as error:
            log.warning("credentials stay under an older master key", extra={"reason": str(error)})
        finally:
            self._working = False
