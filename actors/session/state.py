"""What a session listens to: progress and messages in, progress and effects out. Pure.

A conversation goes from wanted to placed to caught up. `Place` and `CatchUp` may be repeated at any time: a place that
is there is kept, and what was sent is not sent again. That is why everything that was lost to a failure is made good by
asking once more.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from actors.messages.conversation import NOWHERE
from actors.messages.presence import AnyPresenceMessage, Arrived, Entered, Exited
from actors.switchboard import Connected
from protocol.codes import CloseCode
from protocol.frames import Cursor, Left, Synced

MAX_CRASHES = 4
"""Then the client is better off with a new session. Less than the supervisor allows, which would end in silence."""


class Place(NamedTuple):
    """Have the conversation hold a place at the cursor, or at its end."""

    conv: int
    after: tuple[int, int] | None


class CatchUp(NamedTuple):
    """Have the conversation send what is missing."""

    conv: int


class Send(NamedTuple):
    """Send frames to the client, as one piece."""

    frames: Sequence[Synced | Left]


class Announce(NamedTuple):
    """Tell presence."""

    message: AnyPresenceMessage


class End(NamedTuple):
    """Close the connection."""

    code: CloseCode
    reason: str


class Retry(NamedTuple):
    """Look at what is wanted and behind again in a moment."""


Effect = Place | CatchUp | Send | Announce | End | Retry


class Listening:
    """The rules. The session's `progress` is changed in place, because it is what outlives this."""

    def __init__(self, session: Connected, presence_members: int) -> None:
        self._session = session
        self._progress = session.progress
        self._presence_members = presence_members

    def begin(self, memberships: Iterable[int], cursors: Iterable[Cursor]) -> None:
        """`hello`: all that the caller is in is wanted, from the cursors where there are some."""
        positions = {conv: (epoch, seq) for conv, epoch, seq in cursors}
        self._progress.wanted = {conv: positions.get(conv) for conv in memberships}

    def welcomed(self, cursors: Iterable[Cursor]) -> list[Effect]:
        """The welcome is out: say what the caller is not in any more, then have the rest replayed.

        A conversation that is still wanted is not in the welcome: without a cursor nobody knows where it is to begin.
        """
        progress = self._progress
        progress.wanted = {conv: after or NOWHERE for conv, after in progress.wanted.items()}
        placed = progress.rooms - progress.wanted.keys()
        progress.awaited = set(placed)
        known = placed | progress.wanted.keys()
        left = [Left(conv=conv) for conv in dict.fromkeys(conv for conv, _, _ in cursors) if conv not in known]
        effects: list[Effect] = [Send(left)] if left else []
        effects += [CatchUp(conv) for conv in sorted(placed)]
        effects += self._sync()
        return effects + self._later()

    def admitted(self, conv: int, epoch: int, seq: int) -> list[Effect]:
        """The caller was let in by event `seq`, which is the first one that the session is to see."""
        self._progress.invited.discard(conv)
        self._progress.wanted[conv] = (epoch, seq - 1)
        return [Place(conv, (epoch, seq - 1))]

    def placed(self, conv: int, size: int) -> list[Effect]:
        """The conversation holds a place, and sends nothing before it is asked to: after the welcome, at once."""
        progress = self._progress
        progress.wanted.pop(conv, None)
        progress.rooms.add(conv)
        effects: list[Effect] = [] if progress.awaited is None else [CatchUp(conv)]
        if size <= self._presence_members and conv not in progress.small:
            progress.small.add(conv)
            if progress.synced:
                effects.append(Announce(Entered(session=self._session.id, conv=conv)))
        return effects

    def unplaced(self, conv: int) -> list[Effect]:
        """The caller is not in the conversation, or not any more."""
        progress = self._progress
        progress.wanted.pop(conv, None)
        progress.rooms.discard(conv)
        progress.behind.discard(conv)
        effects: list[Effect] = []
        if conv in progress.small:
            progress.small.discard(conv)
            effects.append(Announce(Exited(session=self._session.id, conv=conv)))
        return effects + self.caught_up(conv)

    def caught_up(self, conv: int) -> list[Effect]:
        """The session is live there; the last one that was awaited means `synced`."""
        if self._progress.awaited is None:
            return []
        self._progress.awaited.discard(conv)
        return self._sync()

    def drained(self, convs: Iterable[int]) -> list[Effect]:
        """There is room again for what was refused."""
        return [CatchUp(conv) for conv in convs if conv in self._progress.rooms]

    def setback(self, conv: int) -> list[Effect]:
        """The conversation failed to do what it was asked. `synced` does not wait for it: that may take long."""
        if conv in self._progress.rooms and conv not in self._progress.wanted:
            self._progress.behind.add(conv)
        return self.caught_up(conv) + self._later()

    def again(self) -> list[Effect]:
        """Ask once more for all that is missing."""
        progress = self._progress
        effects: list[Effect] = [Place(conv, after) for conv, after in progress.wanted.items()]
        effects += [CatchUp(conv) for conv in sorted(progress.behind)]
        progress.behind.clear()
        return effects

    def recover(self) -> list[Effect]:
        """The actor failed over something: any conversation may wait to be asked.

        Before the welcome there is nothing to save: who waits for it is told to come back.
        """
        progress = self._progress
        progress.crashes += 1
        if progress.awaited is None:
            return []
        if progress.crashes > MAX_CRASHES:
            return [End(CloseCode.GOING_AWAY, "the session failed too often, resume")]
        progress.behind = progress.rooms - progress.wanted.keys()
        return self.again() + ([self._arrival()] if progress.synced else self._sync())

    def _sync(self) -> list[Effect]:
        progress = self._progress
        if progress.awaited or progress.synced:
            return []
        progress.synced = True
        return [Send([Synced()]), self._arrival()]

    def _arrival(self) -> Announce:
        actor, small = self._session.caller.actor, sorted(self._progress.small)
        return Announce(Arrived(session=self._session.id, actor=actor, convs=small))

    def _later(self) -> list[Effect]:
        return [Retry()] if self._progress.wanted or self._progress.behind else []
