"""How calls of one kind are made: what is sent, what is made of the answer, and whether a failure is the end.

A new kind of webhook is a new manner; what waits, is retried and is recorded, and how, stays as it is.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from actors.ports import OutboundAnswer
from actors.values import Call, Occasion, Receiver, Verdict
from actors.webhook import letters, state
from actors.webhook.answers import Reader


class Manner(Protocol):
    """One kind of calls."""

    def letter(self, occasion: Occasion, receiver: Receiver) -> bytes:
        """The body of a request."""

    def headers(self, call: Call, body: bytes, secret: str | None, now_ms: int) -> dict[str, str]:
        """The headers of an attempt."""

    async def read(self, answer: OutboundAnswer, receiver: Receiver) -> state.Answered:
        """What the answer comes to. Raises `OutboundError` and `StoreUnavailable`."""

    def to_say(self, attempted: state.Attempted) -> state.Reply | None:
        """What is said in the conversation because of it."""

    def verdict(self, call: Call, attempted: state.Attempted, now_ms: int) -> Verdict:
        """What becomes of the call."""


class Cordless:
    """One attempt; what is answered, or why nothing is, people see."""

    __slots__ = ("_reader",)

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def letter(self, occasion: Occasion, receiver: Receiver) -> bytes:
        """The documented payload."""
        return letters.cordless(occasion, receiver)

    def headers(self, call: Call, body: bytes, secret: str | None, now_ms: int) -> dict[str, str]:
        """Those of Standard Webhooks."""
        return letters.headers(call, body, secret, now_ms)

    async def read(self, answer: OutboundAnswer, receiver: Receiver) -> state.Answered:
        """The answer with what it says."""
        return await self._reader.read(answer, receiver)

    def to_say(self, attempted: state.Attempted) -> state.Reply | None:
        """The answer, or the documented text of the failure."""
        return state.to_say(attempted)

    def verdict(self, call: Call, attempted: state.Attempted, now_ms: int) -> Verdict:
        """It is over, one way or the other."""
        return state.once(attempted)


class Events:
    """Repeated until it is taken; nobody reads what is answered."""

    __slots__ = ("_random", "_retry_s")

    def __init__(self, retry_s: Sequence[float], random: Random) -> None:
        self._retry_s = retry_s
        self._random = random

    def letter(self, occasion: Occasion, receiver: Receiver) -> bytes:
        """A `message.created` event."""
        return letters.event(occasion, receiver)

    def headers(self, call: Call, body: bytes, secret: str | None, now_ms: int) -> dict[str, str]:
        """Those of Standard Webhooks."""
        return letters.headers(call, body, secret, now_ms)

    async def read(self, answer: OutboundAnswer, receiver: Receiver) -> state.Answered:
        """The status says it all."""
        return state.Answered(answer.status)

    def to_say(self, attempted: state.Attempted) -> state.Reply | None:
        """Nothing."""
        return None

    def verdict(self, call: Call, attempted: state.Attempted, now_ms: int) -> Verdict:
        """Done, or to be tried again after a while, or given up."""
        return state.again(call, attempted, self._retry_s, now_ms, self._random.random())
