"""Files named by what is in them: `files/ab/cdef…` is the one whose SHA-256 begins with abcdef.

A file is written beside its place, synced, and renamed there, so that a name that exists always has the whole content
behind it, whatever is cut off when. What a crash leaves is in `incoming`, which is emptied at the start. Everything
here blocks on the disk: call it in a thread. Raises OSError.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import IO, Final

INCOMING: Final = "incoming"
SHELVES: Final = tuple(f"{shelf:02x}" for shelf in range(256))
PRIVATE: Final = 0o700
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Draft:
    """A file that is on its way. It leaves nothing behind unless it is kept."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / secrets.token_hex(16)
        self.size = 0
        self._hash = hashlib.sha256()
        handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "wb", buffering=0)

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written so far, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes | bytearray) -> None:
        """Write all of it."""
        self._hash.update(data)
        self.size += len(data)
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def sync(self) -> None:
        """Have everything on the disk, and write no more."""
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Be gone, unless the file was kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Files:
    """The folder of them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / INCOMING

    def prepare(self) -> None:
        """Make the folders that are not there, and throw away what was on its way when the last run ended."""
        for folder in (self._folder, self._incoming, *(self._folder / shelf for shelf in SHELVES)):
            folder.mkdir(mode=PRIVATE, exist_ok=True)
        _sync(self._folder)
        for left in self._incoming.iterdir():
            left.unlink()

    def draft(self) -> Draft:
        """Begin a file."""
        return Draft(self._incoming)

    def keep(self, draft: Draft) -> None:
        """Put a synced draft into its place, durably. One that is there already has the same content."""
        place = self.place(draft.digest)
        draft.path.rename(place)
        _sync(place.parent)

    def place(self, digest: str) -> Path:
        """Where the file with this digest is."""
        return self._folder / digest[:2] / digest[2:]

    def open(self, digest: str) -> IO[bytes]:
        """Open the file to read it, without a buffer. Whoever has it open keeps it, even when it is removed."""
        return self.place(digest).open("rb", buffering=0)

    def remove(self, digest: str) -> None:
        """Remove the file; one that is not there is no error."""
        self.place(digest).unlink(missing_ok=True)

    def on(self, shelf: str) -> list[str]:
        """The digests of all files on one of the `SHELVES`."""
        digests = [shelf + file.name for file in (self._folder / shelf).iterdir()]
        return [digest for digest in digests if _DIGEST.fullmatch(digest)]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
