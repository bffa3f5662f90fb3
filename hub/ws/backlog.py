"""Bytes that a socket did not take yet. No I/O.

Pieces are shared between recipients: a backlog holds references, and copies only what is sent next.
"""

from __future__ import annotations

from collections import deque
from itertools import islice


class Backlog:
    """A queue of pieces, each of one or more whole server frames; the first of them may have left in part."""

    __slots__ = ("_gone", "_lent", "_pieces", "size")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._gone = 0
        self._lent = 0
        self.size = 0

    def add(self, piece: bytes, gone: int = 0) -> None:
        """Append a piece. Its first `gone` bytes have left already, which only the first piece's can have."""
        if not self._pieces:
            self._gone = gone
        self._pieces.append(piece)
        self.size += len(piece) - gone

    def lend(self, most: int) -> bytes:
        """Return the next bytes, at most `most`, to be sent now. Then comes `sent`, or the connection's end."""
        first = self._pieces[0]
        chunk = [first[self._gone : self._gone + most]]
        room = most - len(chunk[0])
        for piece in islice(self._pieces, 1, None):
            if room <= 0:
                break
            chunk.append(piece[:room])
            room -= len(piece)
        data = chunk[0] if len(chunk) == 1 else b"".join(chunk)
        self._lent = len(data)
        return data

    def sent(self, count: int) -> None:
        """So many of the bytes that were lent have left."""
        self._lent = 0
        self.size -= count
        self._gone += count
        while self._pieces and self._gone >= len(self._pieces[0]):
            self._gone -= len(self._pieces.popleft())

    def drop_unsent(self) -> None:
        """Forget every frame of which no byte has left or is lent, so that another frame may follow at once."""
        begun = self._gone + self._lent
        kept: deque[bytes] = deque()
        for piece in self._pieces:
            if begun <= 0:
                break
            kept.append(piece if begun >= len(piece) else piece[: frame_end(piece, begun)])
            begun -= len(piece)
        self._pieces = kept
        self.size = sum(map(len, kept)) - self._gone

    def clear(self) -> None:
        """Forget everything: the connection is over."""
        self._pieces.clear()
        self._gone = self._lent = self.size = 0


def frame_end(piece: bytes, at: int) -> int:
    """Return the first boundary between the unmasked frames of `piece` that is not before `at`."""
    end = 0
    while end < at:
        marker = piece[end + 1]
        width = {126: 2, 127: 8}.get(marker, 0)
        start = end + 2 + width
        end = start + (int.from_bytes(piece[end + 2 : start]) if width else marker)
    return end
