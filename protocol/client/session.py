"""Keeps a session alive over any number of connections."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final

import trio

from protocol.backoff import Backoff
from protocol.client.errors import (
    ClientError,
    Closed,
    ConnectFailed,
    Ended,
    Interrupted,
    RequestRefused,
    SignInRefused,
)
from protocol.client.items import Item
from protocol.client.link import Hello, Link
from protocol.client.socket import ABNORMAL, Lost, Socket
from protocol.client.state import ClientState, Effect, Welcomed
from protocol.client.wire import Fields
from protocol.codes import CloseCode, ErrorCode, may_reconnect

BYE_TIMEOUT_S: Final = 2.0
STABLE_S: Final = 10.0
"""A connection that held this long was a success; one that is lost at once must not reset the back-off."""

OpenSocket = Callable[[], AbstractAsyncContextManager[Socket]]


class Session:
    """Connects, says hello, reconnects; hands out the link of the moment and the items."""

    def __init__(
        self,
        state: ClientState,
        hello: Hello,
        open_socket: OpenSocket,
        random: Callable[[], float],
        welcome_timeout_s: float,
    ) -> None:
        self.state: Final = state
        self._hello = hello
        self._open_socket = open_socket
        self._backoff = Backoff(random)
        self._welcome_timeout_s = welcome_timeout_s
        self._link: Link | None = None
        self._end: ClientError | None = None
        self._changed = trio.lowlevel.ParkingLot()
        self._was_in = False

    # For the program

    async def link(self) -> Link:
        """Wait for a connection that is past its welcome. Raises why there will be none."""
        while True:
            if self._end is not None:
                raise self._end
            if self._link is not None:
                return self._link
            await self._changed.park()

    async def next_item(self) -> Item:
        """Wait for an item. Raises why there will be none, after the last one."""
        while not self.state.buffer:
            if self._end is not None:
                raise self._end
            await self._changed.park()
        item = self.state.take()
        if self.state.wants_reconnect and self._link is not None:
            self._link.give_up(Lost(ABNORMAL, "resuming"))
            self._link.retry_s = 0.0
        return item

    async def leave(self) -> None:
        """Say bye, unless the background is cancelled too, and end; takes 2 s at most."""
        link = self._link
        self.finish(Closed())
        if link is None:
            return
        with trio.move_on_after(BYE_TIMEOUT_S, shield=True):
            try:
                await link.push({"t": "bye"}, self.state.message_bytes)
            except Interrupted:
                return
            await link.ended.wait()

    def finish(self, why: ClientError) -> None:
        """End the session; the first reason stays."""
        self._end = self._end or why
        self._changed.unpark_all()

    # In the background

    async def run(self) -> None:
        """Be connected until the session ends."""
        async with trio.open_nursery() as nursery:
            while self._end is None:
                delay_s = await self._connect(nursery)
                if delay_s is not None:
                    await self._wait(delay_s)
            nursery.cancel_scope.cancel()

    async def _connect(self, nursery: trio.Nursery) -> float | None:
        """Hold one connection; return how long to wait before the next one, None when there is none to be."""
        began, retry_s = trio.current_time(), None
        ended: Lost | ClientError
        try:
            async with self._open_socket() as socket:
                link = Link(socket, self._welcome_timeout_s)
                try:
                    ended = await link.run(self._hello, lambda frame: self._receive(frame, link, nursery))
                finally:
                    # At once, before anybody who was interrupted comes back for it.
                    self._link = None
                retry_s = link.retry_s
        except ConnectFailed as error:
            ended = error
        if trio.current_time() - began >= STABLE_S:
            self._backoff.reset()
        return self._judge(ended, retry_s)

    def _receive(self, frame: Fields, link: Link, nursery: trio.Nursery) -> Effect:
        effect = self.state.receive(frame)
        if isinstance(effect, Welcomed):
            self._link = link
            self._was_in = True
        if self.state.asks_epochs():
            nursery.start_soon(self._ask_epochs, link)
        self._changed.unpark_all()
        return effect

    async def _ask_epochs(self, link: Link) -> None:
        # What the answer says reaches the state as any frame does; without one the next connection begins with a gap.
        with suppress(ClientError):
            await link.request({"t": "conversations"}, self.state.message_bytes)

    async def _wait(self, delay_s: float) -> None:
        with trio.move_on_after(delay_s):
            while self._end is None:
                await self._changed.park()

    def _judge(self, ended: Lost | ClientError, retry_s: float | None) -> float | None:
        why = _final(ended)
        if why is None and not self._was_in:
            why = ended if isinstance(ended, ClientError) else ConnectFailed(f"{ended.code} {ended.reason}".rstrip())
        if why is not None:
            self.finish(why)
            return None
        backoff_s = self._backoff.next_s()
        if isinstance(ended, RequestRefused) and ended.retry_ms is not None:
            return ended.retry_ms / 1000 + backoff_s
        return backoff_s if retry_s is None else retry_s


def _final(ended: Lost | ClientError) -> ClientError | None:
    """Why there is no reconnect after this, None when there is one."""
    match ended:
        case ConnectFailed():
            return None
        case RequestRefused():
            return None if ended.temporary or ended.code == ErrorCode.INTERNAL else ended
        case ClientError():
            return ended
        case Lost(code=CloseCode.NOT_AUTHENTICATED):
            return SignInRefused(ended.reason)
        case Lost():
            return None if may_reconnect(ended.code) else Ended(ended.code, ended.reason)
