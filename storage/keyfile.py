"""The master key: 32 random bytes in a file that only its owner reads, beside the database.

It never goes into the database, so that a stolen copy of the database holds no credential that could be used or tried.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from storage.errors import KeyFileError

KEY_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_or_make(path: Path, *, may_make: bool) -> bytes:
    """Return the key in the file, which is made if it is not there and `may_make`. Raises `KeyFileError`."""
    try:
        return _read(path)
    except FileNotFoundError:
        if not may_make:
            raise KeyFileError(
                f"{path}: missing, and the database holds credentials made with it: put the file back from a backup"
            ) from None
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}") from error
    return _make(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & OTHERS:
            raise KeyFileError(f"{path}: others may access it: chmod 600 it, and rotate the credentials if they did")
        text = file.read(1_000)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{path}: does not hold a master key: put the file back from a backup")
    return key


def _make(path: Path) -> bytes:
    """Write a new key, durably before it is used: a name that exists always has a whole key behind it."""
    key = secrets.token_bytes(KEY_BYTES)
    draft = path.with_suffix(".new")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from error
    return key


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
