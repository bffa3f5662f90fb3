"""What waits for one client: the `Outbox` that conversations and sessions push into."""

from __future__ import annotations

from typing import Final, Protocol

from hub.ws.outgoing import Outgoing
from protocol.codec import Codec

# What answers may take beyond the limit: events alone can fill an outbox, and the answer that finds it full is not the
# client's fault. The requests behind a reserve that is used up are.
ANSWER_RESERVE_BYTES: Final = 65_536


class Owner(Protocol):
    """The connection, as its outbox sees it. No call blocks."""

    def outbox_is_full(self) -> None:
        """It has refused something, for the first time since there was room."""

    def outbox_has_room(self, convs: list[int]) -> None:
        """There is room again; it is wanted for these conversations, if any."""

    def too_slow(self) -> None:
        """Not even answers fit: cut the client."""


class ClientOutbox:
    """Bounded at `limit` bytes; beyond it events are refused, ephemeral frames dropped long before, answers fatal.

    An outbox in which nothing waits takes a piece of any size, so that every event can be delivered at some time. One
    that is ending takes everything and sends nothing: the client resumes by its cursors.
    """

    __slots__ = ("_full", "_limit", "_outgoing", "_owner", "_wanted", "codec")

    def __init__(self, codec: Codec, outgoing: Outgoing, limit: int, owner: Owner) -> None:
        self.codec = codec
        self._full = False
        self._outgoing = outgoing
        self._limit = limit
        self._owner = owner
        self._wanted: dict[int, None] = {}

    @property
    def room_left(self) -> int:
        """Bytes that `push` would take now."""
        return max(0, self._limit - self._outgoing.waiting)

    def push(self, piece: bytes) -> bool:
        """Send, or keep for the writer task. False: full, and nothing of the piece was taken."""
        waiting = self._outgoing.waiting
        if waiting and waiting + len(piece) > self._limit:
            self._refuse()
            return False
        self._outgoing.send(piece)
        return True

    def offer(self, piece: bytes) -> bool:
        """Send something ephemeral: dropped, and False, when anything waits."""
        if self._outgoing.waiting:
            return False
        self._outgoing.send(piece)
        return True

    def answer(self, piece: bytes) -> None:
        """Send an answer. A client that is too far behind for it is cut with 4429."""
        if self._outgoing.waiting > self._limit + ANSWER_RESERVE_BYTES:
            self._owner.too_slow()
        else:
            self._outgoing.send(piece)

    def wake_for(self, conv: int) -> None:
        """Once there is room again, name the conversation to the door; at once when nothing waits."""
        self._wanted[conv] = None
        if not self._outgoing.waiting:
            self.progressed()

    def progressed(self) -> None:
        """Some of what waited has left: below a quarter of the limit there is room again."""
        if self._outgoing.waiting > self._limit // 4:
            return
        if self._full or self._wanted:
            self._full = False
            wanted, self._wanted = list(self._wanted), {}
            self._owner.outbox_has_room(wanted)

    def _refuse(self) -> None:
        if not self._full:
            self._full = True
            self._owner.outbox_is_full()
