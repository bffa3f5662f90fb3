"""Why a command could not be carried out."""

from __future__ import annotations

DONE = 0
FAILED = 1
UNUSABLE = 2
INTERRUPTED = 130


class CommandError(Exception):
    """The message is the one line to print. `code` is FAILED, or UNUSABLE when what the operator gave is wrong."""

    def __init__(self, message: object, code: int) -> None:
        super().__init__(" ".join(str(message).split()))
        self.code = code
