"""The stay of somebody who is in and out again before a session of theirs has its place.

The first event of a stay is the one that lets its member in, the last the one that puts them out, however short it is.
Pure.
"""

from actors.conversation.recent import Recent
from actors.conversation.state import identities
from actors.values import Who
from protocol.frames import Members


def began(recent: Recent, after: int, shown: int, who: Who) -> bool:
    """Whether the event behind `after` let them in, as far as memory and what was `shown` tell."""
    if after >= shown or not recent.reaches(after + 1):
        return False
    [event] = recent.between(after, after + 1)
    return isinstance(event, Members) and who in identities(event.added)


def ended(recent: Recent, after: int, shown: int, who: Who) -> int | None:
    """The event that put them out, None while it is not shown. `began` must hold for `after`."""
    end = None
    for event in recent.between(after, shown):
        if isinstance(event, Members) and who in identities(event.added):
            end = None
        elif isinstance(event, Members) and who in identities(event.removed):
            end = event.seq
    return end
