"""Up to where a user has everything: what is on disk, and what is not yet. Pure."""

from collections.abc import Mapping


class Positions:
    """One `seq` for each conversation; none ever goes back. Two devices of a user share them."""

    __slots__ = ("_saved", "unsaved")

    def __init__(self) -> None:
        self._saved: dict[int, int] = {}
        self.unsaved: dict[int, int] = {}

    def got(self, positions: Mapping[int, int]) -> None:
        """A client has received so much."""
        for conv, seq in positions.items():
            if seq > max(self._saved.get(conv, -1), self.unsaved.get(conv, -1)):
                self.unsaved[conv] = seq

    def saved(self) -> None:
        """What was not on disk is now."""
        self._saved.update(self.unsaved)
        self.unsaved = {}
