"""A person at a peer: signs in, asks, listens."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from tests.e2e.peers import Closed, Frame, Peer

EPHEMERAL = frozenset({"typing", "presence", "receipt"})


class Talker:
    """Keeps apart what answers a request, what happened in a conversation, and what is ephemeral."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.welcome: Frame = {}
        self.missed: list[Frame] = []
        self._refs = count(1)
        self._answers: dict[int, Frame] = {}
        self._heard: deque[Frame] = deque()
        self._noticed: deque[Frame] = deque()

    def hello(self, **keys: Any) -> Talker:
        """Sign in; `missed` is what came between `welcome` and `synced`, presence aside."""
        answer = self.ask("hello", **{"device": "desk", **keys})
        assert answer["t"] == "welcome", answer
        self.welcome = answer
        while (frame := self.hear())["t"] != "synced":
            self.missed.append(frame)
        return self

    def ask(self, t: str, **keys: Any) -> Frame:
        """Send a request and return its answer."""
        ref = next(self._refs)
        self.peer.send(t=t, ref=ref, **keys)
        while ref not in self._answers:
            self._sort(self._frame())
        return self._answers.pop(ref)

    def hear(self) -> Frame:
        """Return the next frame that is neither an answer nor ephemeral."""
        while not self._heard:
            self._sort(self._frame())
        return self._heard.popleft()

    def notice(self, t: str) -> Frame:
        """Return the next ephemeral frame of this kind; other kinds may be lost in between, as they may anyway."""
        while True:
            while not self._noticed:
                self._sort(self._frame())
            frame = self._noticed.popleft()
            if frame["t"] == t:
                return frame

    def end(self) -> Closed:
        """Return how the connection ends, whatever comes before that."""
        while not isinstance(end := self.peer.receive(), Closed):
            self._sort(end)
        return end

    def _frame(self) -> Frame:
        frame = self.peer.receive()
        assert not isinstance(frame, Closed), frame
        return frame

    def _sort(self, frame: Frame) -> None:
        if frame["t"] in EPHEMERAL:
            self._noticed.append(frame)
        elif "ref" in frame:
            self._answers[frame["ref"]] = frame
        else:
            self._heard.append(frame)
