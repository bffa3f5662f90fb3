"""A share of the time that passes, and whether it is used up."""


class Allowance:
    """`share` of the time that passes may be used, in bursts that would be up to `slack_s` ahead of it.

    `free_at`: from when on there is some left. It is never more than `memory_s` away: what was used beyond that is
    forgiven. Times are seconds of the caller's clock.
    """

    __slots__ = ("_memory_s", "_share", "_slack_s", "free_at")

    def __init__(self, share: float, *, slack_s: float, memory_s: float) -> None:
        self._share = share
        self._slack_s = slack_s
        self._memory_s = memory_s
        self.free_at = 0.0

    def use(self, now: float, seconds: float) -> None:
        """So many seconds were used."""
        begins = max(self.free_at, now - self._slack_s)
        self.free_at = min(begins + seconds / self._share, now + self._memory_s)
