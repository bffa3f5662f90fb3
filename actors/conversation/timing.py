"""How long the messages of one conversation took on each stage of their way.

receive        from the door until this conversation got to it (no time at all for what came over REST)
conversation   until it was handed to the log
commit         until it was on disk
fanout         until it was sent: it waited for its turn, and was encoded
socket         until it was pushed into a listener's outbox, on average over the listeners
total          all of it

The stages follow each other without a gap, and each counts every message: their means add up to that of `total`.
Messages that are committed or sent together are told of together: one by one would cost as much as storing them.
"""

from collections.abc import Sequence

from actors.conversation.pending import Entry
from actors.ports import Meters


class Timing:
    """Adds up; times are seconds of the conversation's clock."""

    __slots__ = ("_came", "_committed", "_count", "_meters")

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._count = 0
        self._came = self._committed = 0.0

    def committed(self, messages: Sequence[Entry], now: float) -> None:
        """These, at least one, are on disk."""
        count = len(messages)
        came = began = handed = 0.0
        for entry in messages:
            came += entry.came
            began += entry.began
            handed += entry.since
        waited = self._meters.waited
        waited("receive", began - came, count)
        waited("conversation", handed - began, count)
        waited("commit", count * now - handed, count)
        self._count += count
        self._came += came
        self._committed += count * now

    def sent(self, now: float, pushing: float) -> None:
        """Everything that is on disk was sent; of that, pushing took so many seconds."""
        count = self._count
        if not count:
            return
        # A listener in the middle is reached when half of the pushes are done.
        each = pushing / 2
        waited = self._meters.waited
        waited("fanout", count * (now - pushing) - self._committed, count)
        waited("socket", count * each, count)
        waited("total", count * (now - each) - self._came, count)
        self._count = 0
        self._came = self._committed = 0.0
