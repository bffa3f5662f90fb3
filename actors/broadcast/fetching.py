"""The attachment of a broadcast that was given as a URL: fetched once, for all whom it goes to."""

from __future__ import annotations

from typing import Final

from actors.chatpion.values import Broadcast
from actors.messages.broadcast import Look
from actors.messages.fetcher import Fetch, Kept, NotFetched
from actors.messages.outcomes import Refused
from actors.runtime.actor import Context
from actors.runtime.errors import Crashed

FAILED: Final = "The attachment could not be fetched"


class Fetching:
    """The `ReplyTo` of the `Fetch`: has the broadcast look again once the outcome is there."""

    __slots__ = ("_context", "outcome")

    def __init__(self, context: Context) -> None:
        self._context = context
        self.outcome: object = None

    def begin(self, row: Broadcast, owner: int) -> None:
        """Have it fetched, as an upload of the bot `owner`. Raises `Refusal`."""
        order = Fetch(url=row.attachment or "", type=row.type, owner=owner)
        # A key of its own: numbers are those of conversations.
        self._context.ref("fetcher", f"broadcast-{row.id}").tell(order, self)

    def answer(self, outcome: object) -> None:
        """Take the outcome."""
        self.outcome = outcome
        self._context.tell_self(Look())

    @property
    def file(self) -> int | None:
        """The upload, once there is one."""
        return self.outcome.file if isinstance(self.outcome, Kept) else None

    @property
    def error(self) -> str | None:
        """Why there will be none; None: that is not known, or not so."""
        match self.outcome:
            case NotFetched(reason=reason):
                return reason
            case Refused(code=code) if not code.temporary:
                return FAILED
            case Crashed():
                # Whatever it was about this file, it would be so again.
                return FAILED
            case _:
                return None
