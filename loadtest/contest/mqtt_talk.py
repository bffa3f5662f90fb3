"""MQTT 3.1.1, as much of it as a member of a room needs: it listens at QoS 0 and speaks at QoS 1, for the PUBACK."""

from __future__ import annotations

import socket
from time import monotonic_ns
from typing import Final

from loadtest.contest.contestant import Seat, Speaker
from loadtest.tally import Tally
from loadtest.walker import mark, stamps

CONNACK: Final = 0x20
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
SUBACK: Final = 0x90
PUBLISH_QOS_1: Final = 0x32
SUBSCRIBE: Final = 0x82
CONNECT: Final = 0x10
CLEAN_SESSION: Final = 0x02
IDS: Final = 65_535  # packet identifiers are 1 to 65,535


def packet(kind: int, content: bytes) -> bytes:
    """Return a control packet: its first byte, the length in groups of seven bits, the content."""
    head = bytearray((kind,))
    rest = len(content)
    while True:
        rest, group = divmod(rest, 128)
        head.append(group | 0x80 if rest else group)
        if not rest:
            return bytes(head) + content


def read_packet(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return first byte, start of the content and end of the packet at `at`; None while it is not whole."""
    size = shift = 0
    place = at + 1
    while place < len(data):
        size |= (data[place] & 0x7F) << shift
        shift += 7
        place += 1
        if data[place - 1] < 0x80:
            return (data[at], place, place + size) if place + size <= len(data) else None
    return None


def connect(seat: Seat) -> bytes:
    """Return the packet that opens a session, without keep-alive."""
    return packet(CONNECT, _text("MQTT") + bytes((4, CLEAN_SESSION, 0, 0)) + _text(seat.name))


def subscribe(seat: Seat) -> bytes:
    """Return the packet that enters the room."""
    return packet(SUBSCRIBE, (1).to_bytes(2, "big") + _text(_topic(seat)) + b"\0")


def publish(seat: Seat, ref: int, due_ns: int, text: str) -> bytes:
    """Return the packet that says `text` with the marker before it."""
    body = f"{mark(due_ns)} {text}".encode()
    return packet(PUBLISH_QOS_1, _text(_topic(seat)) + packet_id(ref).to_bytes(2, "big") + body)


def packet_id(ref: int) -> int:
    """Return the identifier of a publish: that of one long answered may be used again."""
    return ref % IDS + 1


class MqttSpeaker(Speaker):
    """Connects and subscribes, and is ready when both are acknowledged."""

    __slots__ = ("_asked", "_rest", "_seat")

    def __init__(self, connection: socket.socket, seat: Seat, tally: Tally) -> None:
        super().__init__(connection, connect(seat) + subscribe(seat), tally)
        self._seat = seat
        self._asked: dict[int, int] = {}
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        """Take packets."""
        now_ns = monotonic_ns()
        data = self._rest + chunk
        at = 0
        while (found := read_packet(data, at)) is not None:
            kind, start, at = found
            if kind & 0xF0 != PUBLISH:
                self._take_answer(kind, data[start:at], now_ns)
        self._rest = data[at:]
        messages = stamps(data, at)
        if messages:
            self.hear(messages, now_ns)

    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish."""
        self._asked[packet_id(ref)] = ref
        self.send(publish(self._seat, ref, due_ns, text))

    def _take_answer(self, kind: int, content: bytes, now_ns: int) -> None:
        if kind == PUBACK:
            self.answers.answered(self._asked.pop(int.from_bytes(content[:2], "big"), None), None, now_ns)
        elif kind == CONNACK and content[1]:
            self.lose(f"refused with {content[1]}")
        elif kind == SUBACK:
            self.ready = True


def _topic(seat: Seat) -> str:
    return f"room/{seat.room_name}"


def _text(value: str) -> bytes:
    return len(value).to_bytes(2, "big") + value.encode()
