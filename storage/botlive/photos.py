"""Photos of companies' products: files by what is in them, apart from uploads, for nobody's age ends them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import trio

from storage.files import Files

BLOCK_BYTES: Final = 262_144


class Photos:
    """The folder of them all."""

    def __init__(self, folder: Path) -> None:
        self._files = Files(folder)

    def place(self, digest: str) -> Path:
        """Where the photo with this SHA-256 is, if it is there."""
        return self._files.place(digest)

    async def copy(self, path: Path) -> str:
        """Have a copy of this file, and return its SHA-256. Raises OSError."""
        return await trio.to_thread.run_sync(self._copy, path)

    def _copy(self, path: Path) -> str:
        # Most hubs have no photos, and no folder for them.
        self._files.prepare()
        draft = self._files.draft()
        try:
            with path.open("rb") as source:
                while data := source.read(BLOCK_BYTES):
                    draft.write(data)
            draft.sync()
            self._files.keep(draft)
        finally:
            draft.discard()
        return draft.digest
