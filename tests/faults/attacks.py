"""Hostile connections, thousands of them, all from one seed. Pure: what to send and how to end, no socket."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

import msgpack

from tests.faults.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, handshake, masked, packed

WS_KILLERS: Sequence[bytes] = (
    handshake().replace(b"Host: hub", b"Host: \xff"),
    handshake().replace(b"Host: hub", b"Host: xn--999999999"),
    handshake().replace(b"Host: hub\r\n", b""),
    handshake().replace(b"Protocol: hubbub.v1.msgpack", b"Protocol: \xff\xfe"),
    handshake().replace(b"Upgrade: websocket", b"Upgrade: websocket\r\nSec-WebSocket-Extensions: \xc3\xa9"),
    handshake().replace(b"Upgrade: websocket", b"Upgrade: h2c\r\nHTTP2-Settings: ====!"),
    handshake().replace(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: \xff"),
    handshake().replace(b"GET ", b"POST "),
    handshake().replace(b"Version: 13", b"Version: \xff"),
    handshake()[:-2] + b"X: " + b"x" * 100_000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    bytes(10_000),
    b"",
)
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: "
HTTP_KILLERS: Sequence[bytes] = (
    handshake(path="/up").replace(b"Protocol: hubbub.v1.msgpack", b"Protocol: \xff\xfe"),
    handshake(path="/up").replace(b"Upgrade: websocket", b"Upgrade: websocket\r\nSec-WebSocket-Extensions: \xc3\xa9"),
    handshake(path="/up"),
    b"GET /up HTTP/1.1\r\nHost: hub\r\n" + UPGRADE + b"h2c\r\nHTTP2-Settings: ====!\r\n\r\n",
    b"GET /up HTTP/1.1\r\nHost: hub\r\n" + UPGRADE + b"h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    b"GET /up HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"GET /up HTTP/1.1\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"CONNECT hub:443 HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"POST /up HTTP/1.1\r\nHost: hub\r\nContent-Length: -1\r\n\r\n",
    b"POST /up HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"GET /up HTTP/1.1\r\nHost: hub\r\nX: " + b"x" * 100_000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    bytes(10_000),
    b"",
)
HTTP_REQUESTS: Sequence[bytes] = (
    b"GET /up HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"GET /up HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nCookie: a=b\r\nAccept: */*\r\n\r\n",
    b"HEAD /up?a=1&b=%20 HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer x\r\n\r\n",
    b"GET /nothing/here HTTP/1.0\r\nHost: hub\r\nConnection: keep-alive\r\n\r\n",
    b'POST /up HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
    b"PUT /up HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"GET /up HTTP/1.1\r\nHost: hub\r\n\r\nGET /up HTTP/1.1\r\nHost: hub\r\n\r\n",
)
NOBODY = 1_000
NONSENSE: Sequence[Any] = (None, True, -1, 2**53, 2**64 - 1, 1.5, float("nan"), "", "x" * 70, b"\xff", [], {}, [[1]])


class Ending(Enum):
    """How a peer takes its leave."""

    CLOSE = auto()
    RESET = auto()
    HALF_CLOSE = auto()
    """Says that it sends no more, and waits for the hub to end it."""
    SILENCE = auto()
    """Says nothing more, and waits for the hub to end it."""


class Attack(NamedTuple):
    """One connection: `opening` is sent at once, `rest` when something was answered; all of it may be nonsense.

    `pause_s`: so long the peer stays before it resets the connection.
    """

    opening: bytes
    rest: bytes
    ending: Ending
    pause_s: float


class Attacker:
    """Makes attacks. `token` signs in; `conv` is a conversation that may be spoilt."""

    def __init__(self, seed: int, *, token: str, conv: int) -> None:
        self._chance = random.Random(seed)
        self._token = token
        self._conv = conv

    def on_http(self) -> Attack:
        """A connection to the HTTP listener."""
        chance = self._chance
        if chance.random() < 0.2:
            return self._attack(chance.choice(HTTP_KILLERS))
        opening = self._damaged(chance.choice(HTTP_REQUESTS))
        rest = self._damaged(chance.choice(HTTP_REQUESTS)) if chance.random() < 0.3 else b""
        return self._attack(opening, rest)

    def on_websockets(self) -> Attack:
        """A connection to the WebSocket listener."""
        make = self._chance.choices(
            (self._killer, self._bad_handshake, self._bad_frames, self._bad_hello, self._bad_requests),
            (2, 3, 3, 1, 3),
        )
        return make[0]()

    def _killer(self) -> Attack:
        return self._attack(self._chance.choice(WS_KILLERS))

    def _bad_handshake(self) -> Attack:
        return self._attack(self._damaged(handshake()), self._frames())

    def _bad_frames(self) -> Attack:
        return self._after_handshake(self._damaged(self._frames()))

    def _bad_hello(self) -> Attack:
        hello = self._spoilt(t="hello", ref=1, token=self._token, device=f"d{self._chance.randrange(50)}", cursors=[])
        return self._after_handshake(masked(BINARY, hello))

    def _bad_requests(self) -> Attack:
        hello = packed(t="hello", ref=1, token=self._token, device=f"d{self._chance.randrange(50)}")
        requests = b"".join(masked(BINARY, self._request()) for _ in range(self._chance.randrange(1, 8)))
        return self._after_handshake(hello + (self._damaged(requests) if self._chance.random() < 0.3 else requests))

    def _after_handshake(self, data: bytes) -> Attack:
        """All in one go, or only once the handshake is answered."""
        if self._chance.random() < 0.5:
            return self._attack(handshake() + data)
        return self._attack(handshake(), data)

    def _frames(self) -> bytes:
        chance = self._chance
        kinds = (TEXT, BINARY, CONTINUATION, PING, PONG, CLOSE)
        sizes = (0, 1, 10, 125, 126, 1_000, 66_000)
        return b"".join(
            masked(chance.choice(kinds), chance.randbytes(chance.choice(sizes)), final=chance.random() < 0.8)
            for _ in range(chance.randrange(1, 5))
        )

    def _request(self) -> bytes:
        c, number = self._conv, self._chance.randrange(1, 100)
        return self._chance.choice(
            (
                lambda: self._spoilt(t="publish", ref=number, conv=c, cid=f"c{number}", body="hi @mallory **x**"),
                lambda: self._spoilt(t="edit", ref=number, conv=c, id=number, body="x"),
                lambda: self._spoilt(t="react", ref=number, conv=c, id=number, emoji="x", on=True),
                lambda: self._spoilt(t="read", conv=c, seq=number),
                lambda: self._spoilt(t="typing", conv=c, on=True),
                lambda: self._spoilt(t="history", ref=number, conv=c, limit=10, before=number),
                lambda: self._spoilt(t="search", ref=number, q="x", limit=10),
                lambda: self._spoilt(t="members.add", ref=number, conv=c, users=[NOBODY], bots=[]),
                lambda: self._spoilt(t="bot.update", ref=number, bot=number, name="x"),
                lambda: self._spoilt(t="nothing.known", ref=number),
                lambda: self._spoilt(t="hello", ref=number, token=self._token, device="d"),
            )
        )()

    def _spoilt(self, **frame: Any) -> bytes:
        """The frame with a key changed, added or removed, or its bytes damaged."""
        chance = self._chance
        key = chance.choice(list(frame))
        whim = chance.random()
        if whim < 0.4:
            frame[key] = chance.choice(NONSENSE)
        elif whim < 0.5:
            del frame[key]
        elif whim < 0.6:
            frame["more"] = chance.choice(NONSENSE)
        data: bytes = msgpack.packb(frame)
        return self._damaged(data) if whim > 0.8 else data

    def _damaged(self, data: bytes) -> bytes:
        """With some bytes changed, added or left out; sometimes cut."""
        chance = self._chance
        damaged = bytearray(data)
        for _ in range(chance.randrange(5)):
            at = chance.randrange(len(damaged) + 1)
            damage = chance.choice((b"", b"\r\n", b"\x00", b"\xff", chance.randbytes(1), chance.randbytes(8)))
            damaged[at : at + chance.randrange(4)] = damage
        return bytes(damaged[: chance.randrange(len(damaged) + 1)]) if chance.random() < 0.2 else bytes(damaged)

    def _attack(self, opening: bytes, rest: bytes = b"") -> Attack:
        ending = self._chance.choices(list(Ending), (5, 3, 2, 0.4))[0]
        return Attack(opening, rest, ending, self._chance.choice((0, 0.002, 0.03)))
