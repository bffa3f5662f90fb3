"""When to send what has piled up.

At once when the last time is long enough ago: a fixed delay would save nothing in a quiet room and add its length. Then
not again for a while, so that what comes meanwhile is joined: at least the shortest pause, and so much longer than
sending took that sending to one room never takes more than a fifth of the time.
"""

SHARE = 4.0


class Window:
    """The pause after each sending, in seconds of the caller's clock."""

    __slots__ = ("_longest_s", "_shortest_s", "opens_at")

    def __init__(self, shortest_s: float, longest_s: float) -> None:
        self._shortest_s = shortest_s
        self._longest_s = max(shortest_s, longest_s)
        self.opens_at = 0.0

    def sent(self, began: float, ended: float) -> None:
        """Something was sent: pause."""
        pause = max(self._shortest_s, SHARE * (ended - began))
        self.opens_at = ended + min(pause, self._longest_s)
