"""The messages that were said last, by their senders' ids for them."""

from actors.values import CidKey, Posted


class Cids:
    """The last so many `cid`s that went by. A `cid` that is not here may be old: then only the log knows it."""

    __slots__ = ("_limit", "_posted")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._posted: dict[CidKey, Posted] = {}

    def get(self, key: CidKey) -> Posted | None:
        """Where the message stands."""
        return self._posted.get(key)

    def add(self, key: CidKey, posted: Posted) -> None:
        """Remember a message that is on disk, and forget the oldest one if there are too many."""
        self._posted[key] = posted
        if len(self._posted) > self._limit:
            # Not the least recently used: repeats come soon or never, and this costs a hit nothing.
            del self._posted[next(iter(self._posted))]
