"""Standard output, whoever reads it, and the file that credentials go to."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger("hubbub.output")


class OutputError(Exception):
    """Credentials could not be written; the message is the one line to print."""


def say(line: str) -> bool:
    """Print one line to standard output at once. False: nobody reads it any more, which is no reason to stop."""
    try:
        print(line, flush=True)  # noqa: T201 - this is what standard output is for
    except OSError as error:
        log.warning("standard output cannot be written", extra={"error": error.strerror})
        _silence_stdout()
        return False
    return True


class CredentialsSink:
    """Where the answer to a provisioning file goes: a file that only its owner reads, or `-` for standard output."""

    def __init__(self, name: str) -> None:
        self._name = name

    def check(self) -> None:
        """Find out whether it can be written, before anything is made that could be told only once.

        Raises OutputError.
        """
        if self._name == "-":
            return
        directory = Path(self._name).absolute().parent
        if not os.access(directory, os.W_OK | os.X_OK) or Path(self._name).is_dir():
            raise OutputError(f"{self._name}: cannot be written")

    def write(self, answer: Mapping[str, Any]) -> None:
        """Write the answer as one line of JSON, replacing the file as a whole. Raises OutputError."""
        text = json.dumps(answer, ensure_ascii=False)
        if self._name == "-":
            if not say(text):
                raise OutputError("standard output is closed, the credentials are lost; make new ones with --rotate")
            return
        try:
            _replace(Path(self._name), f"{text}\n")
        except OSError as error:
            raise OutputError(f"{self._name}: cannot be written: {error.strerror}") from error

    @property
    def is_missing(self) -> bool:
        """Whether it is a file that is still to be made."""
        return self._name != "-" and not Path(self._name).exists()


def _replace(path: Path, text: str) -> None:
    if not path.is_file() and path.exists():  # /dev/stderr, a named pipe: nothing that could be replaced
        path.write_text(text)
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _silence_stdout() -> None:
    """Lead what is still buffered nowhere: the interpreter flushes at exit, and would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
