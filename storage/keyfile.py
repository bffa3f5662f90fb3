"""The master keys: 32 random bytes each, a line each, the current one first, in a file that only its owner reads.

They never go into the database, so that a stolen copy of the database holds no credential that could be used or tried.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from storage.errors import KeyFileError

KEY_BYTES: Final = 32
MAX_FILE_BYTES: Final = 65_536
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_keys(path: Path) -> list[bytes]:
    """Return the keys in the file, the current one first. Raises `KeyFileError`, or FileNotFoundError."""
    try:
        with path.open("rb") as file:
            _check_private(path, file.fileno())
            text = file.read(MAX_FILE_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}") from error
    keys = [_key(line) for line in text.splitlines() if line.strip()]
    if not keys or b"" in keys:
        raise KeyFileError(f"{path}: does not hold a master key in each line: put the file back from a backup")
    if len(set(keys)) < len(keys):
        raise KeyFileError(f"{path}: holds a master key twice")
    return keys


def write_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Replace the file as a whole, durably before a new key is used. Raises `KeyFileError`; then it is as it was."""
    draft = path.with_suffix(".new")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(b"".join(base64.b64encode(key) + b"\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from error


def new_key() -> bytes:
    """Make a key."""
    return secrets.token_bytes(KEY_BYTES)


def _key(line: bytes) -> bytes:
    """The key in a line, b"" for what is none."""
    try:
        key = base64.b64decode(line.strip(), validate=True)
    except binascii.Error:
        return b""
    return key if len(key) == KEY_BYTES else b""


def _check_private(path: Path, handle: int) -> None:
    if os.fstat(handle).st_mode & OTHERS:
        raise KeyFileError(f"{path}: others may access it: chmod 600 it, and rotate the master key if they did")


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
