"""Who is typing. Nothing of it is stored, and only changes are told."""

from math import inf

from actors.values import Who

FADES_AFTER_S = 6.0
"""Whoever does not say again that they type has stopped."""
REPEAT_AFTER_S = 3.0
"""How often the others hear of somebody who goes on typing: those who came since do not know it."""


class Typists:
    """Those who type, until when, and what the others have not been told yet."""

    __slots__ = ("_told_at", "_until", "_untold")

    def __init__(self) -> None:
        self._until: dict[Who, float] = {}
        self._told_at: dict[Who, float] = {}
        self._untold: dict[Who, bool] = {}

    def __len__(self) -> int:
        return len(self._until)

    @property
    def untold(self) -> bool:
        """Whether there is something to tell the others."""
        return bool(self._untold)

    @property
    def fades_at(self) -> float:
        """When the first of them will have stopped, in seconds of the caller's clock."""
        return min(self._until.values(), default=inf)

    def started(self, who: Who, now: float) -> None:
        """They type."""
        self._until[who] = now + FADES_AFTER_S
        if now >= self._told_at.get(who, -inf) + REPEAT_AFTER_S:
            self._untold[who] = True
        else:
            self._untold.pop(who, None)

    def stopped(self, who: Who) -> None:
        """They do not type, or not any more; nothing is told of those of whom nobody knew."""
        if self._until.pop(who, None) is None:
            return
        if who in self._told_at:
            self._untold[who] = False
        else:
            self._untold.pop(who, None)

    def fade(self, now: float) -> None:
        """Those whose time is up have stopped."""
        for who in [who for who, until in self._until.items() if until <= now]:
            self.stopped(who)

    def take_untold(self, now: float) -> list[tuple[Who, bool]]:
        """What the others are to be told, once."""
        untold = list(self._untold.items())
        self._untold.clear()
        for who, on in untold:
            if on:
                self._told_at[who] = now
            else:
                self._told_at.pop(who, None)
        return untold
