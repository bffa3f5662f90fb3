"""Sorts what a client sends: whole messages for the hub, everything else for trio-websocket. No I/O.

Nearly every frame of a client is one short unfragmented message. Unmasked here and handed over in the task that read
it, it costs about half of the way through the library (incremental parser, channel, second task; measured in
docs/decisions/0016). Pongs are for the hub too, since all pings are. Whatever else there is goes to the library byte
for byte, and the library stays the judge of the protocol: control frames, fragments, violations, and also whole
messages while it still holds an earlier one, so that their order is kept.

Two things are bounded here because the library does not bound them: a text message in bytes (it counts characters) and
the number of fragments (an endless message of empty ones would grow for ever).

Source: RFC 6455, section 5.
"""

from __future__ import annotations

from typing import Final, NamedTuple

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
    frames come through: the peer's close is still to be seen. `pongs` are the payloads of the pongs that came, for the
    owner to take.
    """

    __slots__ = (
        "_at",
        "_buffer",
        "_fragments",
        "_lent",
        "_max_bytes",
        "_passing",
        "_size",
        "_skip",
        "pongs",
        "too_big",
    )

    def __init__(self, max_bytes: int = MAX_INBOUND_BYTES) -> None:
        self._max_bytes = max_bytes
        self._buffer = _NOTHING
        self._at = 0
        self._skip = 0
        self._fragments = 0
        self._size = 0
        self._lent = 0
        self._passing = False
        self.pongs: list[bytes] = []
        self.too_big = False

    def sort(self, data: bytes) -> tuple[list[bytes | str], bytes]:
        """Return the messages that `data` completes, and the bytes that the library gets once those are handled."""
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._at = 0
        messages: list[bytes | str] = []
        passed: list[bytes] = []
        while (head := self._next()) is not None:
            message = self._message(head)
            if message is not None:
                messages.append(message)
            elif head.first == _PONG:
                # Whatever it answers, the library has not asked.
                self.pongs.append(self._payload(head))
            else:
                self._lend(head)
                passed.append(self._buffer[self._at : head.end])
            self._at = head.end
        if self._passing:
            passed.append(self._take_rest())
        return messages, _NOTHING.join(passed)

    def returned(self) -> None:
        """The library has given back one message that it got in frames."""
        self._lent -= 1

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
        """Return the payload of a whole message; None for what the library has to see."""
        if head.first not in (_WHOLE_BINARY, _WHOLE_TEXT) or self._lent or self._fragments:
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

    def _lend(self, head: Head) -> None:
        """Keep count of what the library holds: fragments of a message, and messages it has not given back."""
        if head.control:
            # Nothing after a close counts (5.5.1): the library ignores it.
            self._passing = head.first == _FINAL | Opcode.CLOSE
        elif head.final:
            self._lent += 1
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
