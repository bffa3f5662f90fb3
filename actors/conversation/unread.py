"""How much of a conversation each member has not read.

Counting is two subtractions and no work per member: the conversation counts its messages, each sender's own ones and
each member's mentions since it began to look; for a member whose counts are known, what is kept is by how much they
differ from that. A member whose counts are not known is counted once in the database.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count

from actors.conversation.state import identities, identity
from actors.values import Counts, Who
from protocol.frames import AnyEvent, Message


class Unread:
    """Counts as of the last event that was shown. `first_mark` must differ from one life of the actor to the next."""

    __slots__ = ("_asked", "_known", "_marks", "_mentions", "_messages", "_own")

    def __init__(self, first_mark: int) -> None:
        self._messages = 0
        self._own: Counter[Who] = Counter()
        self._mentions: Counter[Who] = Counter()
        self._known: dict[Who, Counts] = {}
        self._asked: dict[Who, tuple[int, Counts]] = {}
        self._marks: Iterator[int] = count(first_mark)

    def saw(self, message: Message) -> None:
        """A message is shown to everybody."""
        sender = identity(message.sender)
        self._messages += 1
        self._own[sender] += 1
        for who in identities(message.mentions or ()):
            if who != sender:
                self._mentions[who] += 1

    def of(self, who: Who) -> Counts | None:
        """The member's counts, if they are known."""
        known = self._known.get(who)
        return None if known is None else _plus(known, self._since_begin(who))

    def set(self, who: Who, counts: Counts) -> None:
        """The member's counts are these now."""
        self._known[who] = _minus(counts, self._since_begin(who))
        self._asked.pop(who, None)

    def recount(self, who: Who, events: Iterable[AnyEvent]) -> None:
        """The member has read everything but these."""
        others = [e for e in events if isinstance(e, Message) and identity(e.sender) != who]
        self.set(who, Counts(len(others), sum(who in identities(e.mentions or ()) for e in others)))

    def ask(self, who: Who) -> int:
        """The member's counts as of now are being looked up. The mark is to come back with them."""
        mark = next(self._marks)
        self._asked[who] = (mark, self._since_begin(who))
        return mark

    def told(self, who: Who, mark: int, counts: Counts) -> None:
        """The counts as they were at the mark. Ignored if the member has read on or asked again since."""
        asked, then = self._asked.get(who, (None, counts))
        if asked == mark:
            del self._asked[who]
            self._known[who] = _minus(counts, then)

    def forget(self, who: Who) -> None:
        """The member's counts are not known any more."""
        self._known.pop(who, None)
        self._asked.pop(who, None)

    def _since_begin(self, who: Who) -> Counts:
        return Counts(self._messages - self._own[who], self._mentions[who])


def _plus(left: Counts, right: Counts) -> Counts:
    return Counts(left.unread + right.unread, left.mentions + right.mentions)


def _minus(left: Counts, right: Counts) -> Counts:
    return Counts(left.unread - right.unread, left.mentions - right.mentions)
