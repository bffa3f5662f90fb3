"""Whose markers moved: whom to tell the others about, and what to save."""

from actors.conversation.state import Seat
from actors.values import Who


def advance(seat: Seat, received: int, read: int, end: int) -> bool:
    """Move a member's markers forward, at most to `end`. What was read was received. Whether anything moved."""
    read = min(read, end)
    received = max(min(received, end), read)
    moved = read > seat.read or received > seat.received
    if moved:
        seat.read = max(seat.read, read)
        seat.received = max(seat.received, received)
    return moved


class Receipts:
    """Members whose markers moved. Each is named once however often they moved: only where they stand now counts."""

    __slots__ = ("_moved", "_unsaved", "_untold")

    def __init__(self) -> None:
        self._untold: dict[Who, None] = {}
        self._unsaved: dict[Who, None] = {}
        self._moved: set[Who] = set()

    def moved(self, who: Who) -> None:
        """The member's markers moved."""
        self._untold[who] = None
        self._unsaved[who] = None

    def unsaved_again(self, who: Who) -> None:
        """Save the member's markers with the next ones, moved or not."""
        self._unsaved[who] = None

    @property
    def untold(self) -> bool:
        """Whether there is something to tell the others."""
        return bool(self._untold)

    @property
    def unsaved(self) -> bool:
        """Whether there is something to save."""
        return bool(self._unsaved)

    def to_save(self) -> list[Who]:
        """Whose markers are to be saved."""
        return list(self._unsaved)

    def saved(self) -> None:
        """The log took the markers. Nobody waits for them, and so nobody says that they are on disk."""
        self._moved.update(self._unsaved)
        self._unsaved.clear()

    def lost(self) -> None:
        """The log dropped some of what it took: save everything again that moved in this life."""
        self._unsaved.update(dict.fromkeys(self._moved))

    def take_untold(self) -> list[Who]:
        """Whom to tell the others about, once."""
        untold = list(self._untold)
        self._untold.clear()
        return untold

    def forget(self, who: Who) -> None:
        """They are no member any more."""
        self._untold.pop(who, None)
        self._unsaved.pop(who, None)
        self._moved.discard(who)
