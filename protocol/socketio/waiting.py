"""What waits for the peer's next poll, or for the end of its upgrade."""

from __future__ import annotations

from collections import deque
from typing import Final

from protocol.socketio.engine import for_polling
from protocol.socketio.parcel import Parcel, frames_of

MAX_WAITING: Final = 10_000
PACKETS_A_POLL: Final = 16
"""What python-engineio's client takes in one answer; it drops the connection over more."""


class Waiting:
    """A queue with room for more as long as less than `limit` bytes and `MAX_WAITING` parcels wait.

    A parcel may be of any size, so that no peer which keeps up is lost to a large one. Where there is no room the peer
    has to go: Socket.IO has no way to tell it what it missed.
    """

    __slots__ = ("_limit", "_parcels", "_rest", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parcels: deque[Parcel] = deque()
        self._rest: deque[str | bytes] = deque()
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._parcels or self._rest)

    @property
    def has_room(self) -> bool:
        """Whether another parcel may wait."""
        return self.size < self._limit and len(self._parcels) < MAX_WAITING

    def put(self, parcel: Parcel) -> None:
        """Append a parcel, for which there is room."""
        self._parcels.append(parcel)
        self.size += parcel.size

    def take_packets(self) -> list[str]:
        """Take what fits into the answer to one poll; an event's attachments may have to wait for the next one."""
        taken: list[str] = []
        while self and len(taken) < PACKETS_A_POLL:
            if not self._rest:
                parcel = self._parcels.popleft()
                self.size -= parcel.size
                self._rest.extend(parcel.encoded)
            taken.append(for_polling(self._rest.popleft()))
        return taken

    def take_frames(self) -> bytes:
        """Take everything, as WebSocket frames."""
        taken = frames_of(self._rest) + b"".join(parcel.frames for parcel in self._parcels)
        self.clear()
        return taken

    def clear(self) -> None:
        """Forget everything."""
        self._parcels.clear()
        self._rest.clear()
        self.size = 0
