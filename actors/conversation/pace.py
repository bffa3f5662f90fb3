"""When a room is sent what is committed.

At once, as long as sending every message by itself takes no more than `ALONE_SHARE` of the loop: joining would save
nothing that anybody needs, and add its pause. Beyond that the room keeps to its window.

What counts for that is what the messages would take one by one, not what sending them took: joined they are cheap, and
a room that went by it would go back and forth between the two.

Many rooms may each be modest and still take all of the loop together. So there is one allowance more, for what all
rooms of the hub really took: when it is used up, all of them wait, and join what comes meanwhile.
"""

from actors.conversation.allowance import Allowance
from actors.conversation.window import Window

ALONE_SHARE = 0.3
ALONE_SLACK_S = 0.03
ALL_SHARE = 0.5
ALL_SLACK_S = 0.02
MEMORY_S = 0.2


def allowance_of_all() -> Allowance:
    """Return what all rooms of a hub may take of its loop together."""
    return Allowance(ALL_SHARE, slack_s=ALL_SLACK_S, memory_s=MEMORY_S)


class Pace:
    """One room's. Times are seconds of the caller's clock."""

    __slots__ = ("_alone", "_each_s", "_everyone", "_window")

    def __init__(self, window: Window, everyone: Allowance) -> None:
        self._window = window
        self._everyone = everyone
        self._alone = Allowance(ALONE_SHARE, slack_s=ALONE_SLACK_S, memory_s=MEMORY_S)
        self._each_s = 0.0

    def due_at(self, now: float, count: int) -> float:
        """So many messages more are there to be sent: say when. A time that has come means at once."""
        self._alone.use(now, count * self._each_s)
        own = self._window.opens_at if self._alone.free_at > now else now
        return max(own, self._everyone.free_at)

    def sent(self, began: float, ended: float) -> None:
        """What was there was sent."""
        self._each_s = ended - began
        self._window.sent(began, ended)
        self._everyone.use(ended, ended - began)
