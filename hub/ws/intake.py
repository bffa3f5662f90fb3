"""Makes messages of what a client sends. No I/O.

Nearly every frame of a client is one short unfragmented message. Unmasked here it costs about half of the way through
an incremental parser (measured in docs/decisions/0016). Pongs are for the hub too, since all pings are. Whatever else
there is goes to a `Judge` byte for byte: control frames, fragments, violations, and also whole messages while one in
fragments is open. There is one only as long as it holds something, so that an idle connection has none.

Two things are bounded here because wsproto does not bound them: the size of a message in fragments and their number
(an endless message of empty ones would grow for ever).

Source: RFC 6455, section 5.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hub.ws.judge import Closing, Judge
from protocol.codes import MAX_INBOUND_BYTES
from protocol.websocket import MAX_CONTROL_BYTES, Opcode

MAX_FRAGMENTS: Final = 1_024

_NOTHING: Final = b""
_FINAL: Final = 0x80
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_CONTINUATION: Final = 0x0
_OPCODES: Final = frozenset({_CONTINUATION, *Opcode})
_WHOLE_TEXT: Final = _FINAL | Opcode.TEXT
_WHOLE_BINARY: Final = _FINAL | Opcode.BINARY
_PONG: Final = _FINAL | Opcode.PONG
# Marker in the second byte → bytes of the length that follows, and the least length that needs so many.
_LONG: Final = {126: (2, 126), 127: (8, 1 << 16)}


class Violation(Exception):
    """No frame that a client may send begins like this."""


class Head(NamedTuple):
    """The first byte of a frame, and where its payload begins and ends in the buffer."""

    first: int
    start: int
    end: int

    @property
    def control(self) -> bool:
        """Whether it is a close, ping or pong."""
        return self.first & 0x08 != 0

    @property
    def final(self) -> bool:
        """Whether it is the last frame of its message."""
        return self.first & _FINAL != 0


class Intake:
    """The incoming half of one connection, from the end of its handshake on.

    `too_big` turns true when a message has more than `max_bytes`, or too many fragments. From then on only control
    frames count: the peer's close is still to be seen. `pongs` are the payloads of the pongs that came, and `replies`
    frames to be sent, both for the owner to take. `closing`: it is over.
    """

    __slots__ = (
        "_at",
        "_buffer",
        "_fragments",
        "_judge",
        "_max_bytes",
        "_passing",
        "_size",
        "_skip",
        "closing",
        "pongs",
        "replies",
        "too_big",
    )

    def __init__(self, max_bytes: int = MAX_INBOUND_BYTES) -> None:
        self._max_bytes = max_bytes
        self._buffer = _NOTHING
        self._at = 0
        self._skip = 0
        self._fragments = 0
        self._size = 0
        self._judge: Judge | None = None
        self._passing = False
        self.pongs: tuple[bytes, ...] = ()
        self.replies = _NOTHING
        self.too_big = False
        self.closing: Closing | None = None

    def sort(self, data: bytes) -> list[bytes | str]:
        """Return the messages that `data` completes."""
        if self.closing is not None:
            return []
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._at = 0
        messages: list[bytes | str] = []
        while self.closing is None and (head := self._next()) is not None:
            message = self._message(head)
            if message is not None:
                messages.append(message)
            elif head.first == _PONG:
                # Nobody but the hub has asked for it.
                self.pongs += (self._payload(head),)
            else:
                self._count(head)
                messages += self._judged(self._buffer[self._at : head.end])
            self._at = head.end
        if self._passing:
            messages += self._judged(self._take_rest())
        elif self._at == len(self._buffer):
            self._take_rest()
        return messages

    def _judged(self, data: bytes) -> list[bytes | str]:
        """Return the messages that the judge makes of it, and let the judge go if it holds nothing."""
        judge = self._judge = self._judge or Judge()
        judge.hear(data)
        self.replies += judge.replies
        self.closing = judge.closing
        messages, judge.messages, judge.replies = judge.messages, [], _NOTHING
        if judge.is_free and not self._passing:
            self._judge = None
        return messages

    def _next(self) -> Head | None:
        """Return the next frame that is all there, stepping over payloads that are dropped."""
        while not self._passing and self._step_over():
            try:
                head = read_head(self._buffer, self._at)
            except Violation:
                self._passing = True
                return None
            if head is None:
                return None
            if not self._drops(head):
                return head if head.end <= len(self._buffer) else None
            self._at, self._skip = head.start, head.end - head.start
        return None

    def _step_over(self) -> bool:
        """Skip what is left of a dropped payload. False: it goes on beyond the buffer."""
        step = min(self._skip, len(self._buffer) - self._at)
        self._at += step
        self._skip -= step
        return not self._skip

    def _drops(self, head: Head) -> bool:
        if head.control:
            return False
        if self._size + head.end - head.start > self._max_bytes or self._fragments >= MAX_FRAGMENTS:
            self.too_big = True
        return self.too_big

    def _message(self, head: Head) -> bytes | str | None:
        """Return the payload of a whole message; None for what has to be judged."""
        if head.first not in (_WHOLE_BINARY, _WHOLE_TEXT) or self._fragments:
            return None
        payload = self._payload(head)
        if head.first == _WHOLE_BINARY:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return None

    def _payload(self, head: Head) -> bytes:
        return unmask(self._buffer[head.start - _MASK_BYTES : head.start], self._buffer[head.start : head.end])

    def _count(self, head: Head) -> None:
        """Keep count of the fragments of the message that is open."""
        if head.control:
            # Nothing after a close counts (5.5.1).
            self._passing = head.first == _FINAL | Opcode.CLOSE
        elif head.final:
            self._fragments = self._size = 0
        else:
            self._fragments += 1
            self._size += head.end - head.start

    def _take_rest(self) -> bytes:
        rest = self._buffer[self._at :]
        self._buffer, self._at = _NOTHING, 0
        return rest


def read_head(buffer: bytes, at: int) -> Head | None:
    """Return what stands before the payload of the frame at `at`; None while it is incomplete. Raises Violation."""
    if len(buffer) - at < 2:
        return None
    first, second = buffer[at], buffer[at + 1]
    length, start = second & ~_MASKED, at + 2
    if not second & _MASKED or first & _RESERVED or first & 0x0F not in _OPCODES:
        raise Violation
    if first & 0x08 and (length > MAX_CONTROL_BYTES or not first & _FINAL):
        raise Violation
    if length in _LONG:
        width, least = _LONG[length]
        start += width
        length = int.from_bytes(buffer[start - width : start])
        if len(buffer) >= start and (length < least or length >> 63):
            raise Violation
    start += _MASK_BYTES
    return Head(first, start, start + length) if len(buffer) >= start else None


def unmask(mask: bytes, payload: bytes) -> bytes:
    """Return the payload as the client meant it (5.3): one exclusive or over the whole of it."""
    size = len(payload)
    key = (mask * (size // _MASK_BYTES + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)
