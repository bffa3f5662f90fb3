"""One connection while it lasts: who reads, who writes, who waits for an answer."""

import logging
from collections.abc import Callable, Mapping
from itertools import count
from math import inf
from typing import Any, Final

import trio

from protocol.client.errors import ClientError, Interrupted, RequestRefused, RequestTooLarge
from protocol.client.socket import ABNORMAL, Lost, Socket
from protocol.client.state import Answered, Away, Effect, Welcomed
from protocol.client.wire import Fields, pack, unpack

log = logging.getLogger(__name__)

OUTGOING_LIMIT: Final = 64
PONG_TIMEOUT_S: Final = 20.0
"""With a ping every 25 s, a dead hub is noticed within the 45 s after which it would notice a dead client."""

Hello = Callable[[int], Mapping[str, Any]]
"""Makes the first frame from its `ref`."""
Receive = Callable[[Fields], Effect]


class _Slot:
    """Where a request waits for its answer."""

    __slots__ = ("arrived", "outcome")

    def __init__(self) -> None:
        self.arrived = trio.Event()
        self.outcome: Mapping[str, Any] | RequestRefused | Interrupted = Interrupted("the connection was lost")


class Link:
    """A connection on which hello has been or is about to be said.

    All writing is left to one task: a request may be cancelled at any time, and half a frame on the wire would be the
    end of the connection for the others.
    """

    def __init__(self, socket: Socket, welcome_timeout_s: float) -> None:
        self._socket = socket
        self._outgoing, self._to_write = trio.open_memory_channel[bytes](OUTGOING_LIMIT)
        self._slots: dict[int, _Slot] = {}
        self._refs = count(1)
        self._scope = trio.CancelScope(deadline=trio.current_time() + welcome_timeout_s)
        self._verdict: Lost | ClientError | None = None
        self.ended: Final = trio.Event()
        self.retry_s: float | None = None

    async def run(self, hello: Hello, receive: Receive) -> Lost | ClientError:
        """Say hello, give every frame to `receive` until the connection is over, and return how it ended.

        That is an error when it was `receive` that raised it, or hello that was refused. Whatever still waits for an
        answer is interrupted.
        """
        try:
            with self._scope:
                await self._talk(hello, receive)
        finally:
            self._close()
        return self._verdict or Lost(ABNORMAL, "no welcome in time")

    def give_up(self, verdict: Lost) -> None:
        """End the connection at once."""
        self._verdict = self._verdict or verdict
        self._scope.cancel()

    async def request(self, frame: Mapping[str, Any], limit: int) -> Mapping[str, Any]:
        """Send a request of at most `limit` bytes and return its `ok`.

        Raises `RequestRefused`, `RequestTooLarge` and `Interrupted`. Cancelled, it may have been done all the same.
        """
        ref = next(self._refs)
        slot = self._slots[ref] = _Slot()
        try:
            await self.push({**frame, "ref": ref}, limit)
            await slot.arrived.wait()
        finally:
            self._slots.pop(ref, None)
        if isinstance(slot.outcome, ClientError):
            raise slot.outcome
        return slot.outcome

    async def push(self, frame: Mapping[str, Any], limit: int) -> None:
        """Queue a frame that gets no answer. Raises `RequestTooLarge` and `Interrupted`."""
        payload = pack(frame)
        if len(payload) > limit:
            raise RequestTooLarge(len(payload), limit)
        try:
            await self._outgoing.send(payload)
        except trio.BrokenResourceError:
            raise Interrupted("the connection was lost") from None

    async def _talk(self, hello: Hello, receive: Receive) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write)
            ref = next(self._refs)
            await self._outgoing.send(pack(hello(ref)))
            verdict = await self._read(ref, receive, nursery)
            self._verdict = self._verdict or verdict
            nursery.cancel_scope.cancel()

    async def _write(self) -> None:
        async for payload in self._to_write:
            if not await self._socket.send(payload):
                return  # the reader learns why

    async def _read(self, hello: int, receive: Receive, nursery: trio.Nursery) -> Lost | ClientError:
        while True:
            message = await self._socket.receive()
            if isinstance(message, Lost):
                return message
            try:
                effect = receive(unpack(message))
            except ClientError as error:
                return error
            match effect:
                case Welcomed():
                    self._scope.deadline = inf
                    nursery.start_soon(self._beat, effect.heartbeat_s)
                case Answered(ref, RequestRefused() as refusal) if ref == hello:
                    return refusal
                case Answered():
                    self._settle(effect)
                case Away():
                    self.retry_s = effect.retry_s

    def _settle(self, answer: Answered) -> None:
        slot = self._slots.get(answer.ref) if answer.ref is not None else None
        if slot is not None:
            slot.outcome = answer.outcome
            slot.arrived.set()
        elif isinstance(answer.outcome, RequestRefused):
            log.warning("the hub refused a frame that nobody waits for: %s", answer.outcome)

    async def _beat(self, interval_s: float) -> None:
        while True:
            await trio.sleep(interval_s)
            with trio.move_on_after(PONG_TIMEOUT_S) as patience:
                await self._socket.ping()
            if patience.cancelled_caught:
                self.give_up(Lost(ABNORMAL, "the hub has fallen silent"))

    def _close(self) -> None:
        self._to_write.close()
        for slot in self._slots.values():
            slot.arrived.set()
        self.ended.set()
