"""What becomes of a file that was sent for, told to the subscriber that waits for it."""

from __future__ import annotations

from typing import Final

from actors.messages.fetcher import Kept, NotFetched
from actors.messages.outcomes import Refused
from actors.messages.subscriber import Attached
from actors.runtime.actor import Context
from actors.runtime.errors import Crashed

FAILED: Final = "The attachment could not be fetched"


class Awaiting:
    """The `ReplyTo` of a `Fetch`: turns its outcome into `Attached`."""

    __slots__ = ("_context", "_letter")

    def __init__(self, letter: int, context: Context) -> None:
        self._letter = letter
        self._context = context

    def answer(self, outcome: object) -> None:
        """Tell the subscriber."""
        file = outcome.file if isinstance(outcome, Kept) else None
        self._context.tell_self(Attached(letter=self._letter, file=file, error=_error(outcome)))


def _error(outcome: object) -> str | None:
    """Why there will be no file; None: there is one, or it is to be tried again."""
    match outcome:
        case NotFetched(reason=reason):
            return reason
        case Refused() if not outcome.code.temporary:
            return FAILED
        case Crashed():
            # Whatever it was about this file, it would be so again.
            return FAILED
        case _:
            return None
