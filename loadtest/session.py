"""One device that outlives its connections: it keeps cursors, resumes by them, and repeats what was not answered."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from time import monotonic_ns
from typing import Final, NamedTuple

from loadtest.connection import DONE
from loadtest.heard import EVENTS, Heard, read_heard, read_number
from loadtest.listener import WebSocketListener
from loadtest.place import Place
from loadtest.tally import Tally
from loadtest.walker import stamps
from loadtest.wire import hello, request
from protocol.codes import ErrorCode, may_reconnect
from protocol.frames import History

PAGE: Final = 100
PAGE_REF: Final = 1 << 50
"""Plus the conversation it is the `ref` of a page; those of all else are far below."""

TEMPORARY: Final = frozenset(code for code in ErrorCode if code.temporary)

Wait = Callable[[float, Callable[[], None]], None]
"""Have something done so many seconds from now."""


class Asked(NamedTuple):
    """A request that waits for its answer, and who wants to hear of it."""

    frame: bytes
    tally: Tally


class Own(NamedTuple):
    """A message that the session said, and its marker."""

    id: int
    stamp: int


class Session:
    """What is known of one device of one user.

    `link` is the connection there is; `gone` is told when it ends, and whether it was in.
    It is `ready` from `synced` on until the connection ends. `lost` says why it must not come back, or never got in;
    None while it may. Latencies of arrivals go to `arrivals`. `left` counts why connections ended. `own` is the last
    message that it said in each conversation. `receive_bytes` bounds what its sockets take in unread (None: the
    kernel does).
    """

    def __init__(self, token: str, arrivals: Tally, wait: Wait, gone: Callable[[Session, bool], None]) -> None:
        self._token = token
        self._wait = wait
        self._gone = gone
        self._asked: dict[int, Asked] = {}
        self.arrivals = arrivals
        self.link: Link | None = None
        self.places: dict[int, Place] = {}
        self.own: dict[int, Own] = {}
        self.ready = False
        self._was_in = False
        self.connections = 0
        self.left: Counter[str] = Counter()
        self.lost: str | None = None
        self.receive_bytes: int | None = None

    @property
    def caught_up(self) -> bool:
        """Whether it is in and has everything that it missed."""
        return self.ready and not any(place.missing for place in self.places.values())

    def open(self, raw: socket.socket, opening: bytes) -> Link:
        """Return a new connection, which goes on where the last one ended."""
        if self.receive_bytes is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        cursors = [place.cursor for place in self.places.values()]
        self.connections += 1
        self.link = Link(raw, opening, hello(self._token, cursors), self)
        return self.link

    def ask(self, ref: int, frame: bytes, tally: Tally) -> None:
        """Send a request, now or once it is in again, until it is answered; `tally` hears of that."""
        self._asked[ref] = Asked(frame, tally)
        self.send(frame)

    def send(self, frame: bytes) -> None:
        """Send what may be lost: nothing comes of it while it is out."""
        if self.ready and self.link is not None:
            self.link.send(frame)

    def ended(self, reason: str, code: int) -> None:
        """The connection is no more."""
        was_ready, self.link, self.ready = self.ready, None, False
        self.left[reason] += 1
        if not self._was_in or (code and not may_reconnect(code)):
            self.lost = reason
        self._gone(self, was_ready)

    def take(self, payload: bytes, now_ns: int) -> None:
        """Take a frame."""
        heard = read_heard(payload)
        if heard.t in EVENTS:
            said = heard.t == "message"
            marks = stamps(payload, len(payload))[:1] if said else []
            new = self.places[heard.conv].event(heard.seq, heard.id if said else None, marks)
            self.arrivals.arrived(new, now_ns)
        elif heard.t in ("ok", "error"):
            self._take_answer(heard, now_ns)
        else:
            self._take_word(heard)

    def _take_word(self, heard: Heard) -> None:
        match heard.t:
            case "welcome":
                for known in heard.conversations:
                    self.places.setdefault(known.id, Place(known.id, known.epoch, known.seq))
            case "synced":
                self.ready = self._was_in = True
                self._go_on()
            case "gap":
                place = self.places[heard.conv]
                place.gap(read_number(heard.first), heard.to)
                if len(place.missing) == 1:
                    self._page(place)
            case "reset":
                self.places[heard.conv].reset(heard.epoch, heard.seq)

    def _go_on(self) -> None:
        for asked in self._asked.values():
            self.send(asked.frame)
        for place in self.places.values():
            self._page(place)

    def _page(self, place: Place) -> None:
        if place.missing:
            ref, after = PAGE_REF + place.conv, place.missing[0].after
            self.send(request(History(ref=ref, conv=place.conv, after=after, limit=PAGE)))

    def _take_answer(self, heard: Heard, now_ns: int) -> None:
        ref = -1 if heard.ref is None else heard.ref
        if heard.code in TEMPORARY:
            self._wait((heard.retry_ms or 0) / 1_000, lambda: self._repeat(ref))
        elif ref > PAGE_REF:
            self._take_page(self.places[ref - PAGE_REF], heard, now_ns)
        elif ref in self._asked:
            frame, tally = self._asked.pop(ref)
            marks = stamps(frame, len(frame))
            if heard.id is not None and marks:
                self.own[heard.conv] = Own(heard.id, marks[0])
            tally.answered(ref, heard.code, now_ns)

    def _repeat(self, ref: int) -> None:
        if ref > PAGE_REF:
            self._page(self.places[ref - PAGE_REF])
        elif ref in self._asked:
            self.send(self._asked[ref].frame)

    def _take_page(self, place: Place, heard: Heard, now_ns: int) -> None:
        found = [(each.seq, each.id, stamps(body := each.body.encode(), len(body))) for each in heard.messages]
        self.arrivals.arrived(place.page(found, heard.more), now_ns)
        self._page(place)


class Link(WebSocketListener):
    """One connection of a session. That it ends is no loss: the session sees to that."""

    __slots__ = ("_hello", "_session")

    def __init__(self, connection: socket.socket, opening: bytes, greeting: bytes, session: Session) -> None:
        super().__init__(connection, opening, session.arrivals)
        self._hello = greeting
        self._session = session

    def greet(self, answer: bytes) -> None:
        """Sign in."""
        self.send(self._hello)

    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """Hand on what is no control."""
        self._session.take(payload, now_ns)

    def lose(self, reason: str) -> None:
        """End the connection, and say so to the session."""
        if self.lost is None:
            super().lose(DONE)
            self._session.ended(reason, self.closed)

    def _take_frames(self, chunk: bytes) -> None:
        # Each is looked into: the cursor wants the number of every event.
        now_ns = monotonic_ns()
        data, frames = self._walker.feed(chunk)
        for frame in frames:
            self._take_other(frame.opcode, data[frame.start : frame.end], now_ns)
