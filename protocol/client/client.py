"""A session with a hub that outlives its connections: what bots and programs are written with.

    async with open_client("ws://127.0.0.1:8081/ws", token=token) as client:
        async for item in client:
            match item:
                case Message(body="ping"):
                    await client.publish(item.conv, "pong", reply_to=item.id)
                case Gap():
                    ...  # page with client.history

Events come in the order of their conversation, each once, none left out but where a `Gap` or `Reset` says so. Between
events and the answers to requests there is no order. Nothing holds up the hub for a program that takes its events
slowly: see `Overflow`.
"""

import random as random_module
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final
from uuid import uuid4

import trio

from protocol.backoff import Backoff
from protocol.client.buffer import BufferStatistics, Overflow
from protocol.client.errors import Interrupted, RequestRefused
from protocol.client.items import Actor, Conversation, Cursor, Item, Page, Published
from protocol.client.session import Session
from protocol.client.socket import Dial, Target, dial_hub, open_socket
from protocol.client.state import ClientState
from protocol.client.wire import Fields, read_conversation, read_page, read_published

CONNECT_TIMEOUT_S: Final = 10.0
BUFFER_LIMIT: Final = 2_000
RETRY_BASE_S: Final = 0.1


class Client:
    """A session. Made by `open_client`, and of use inside its block only.

    It is an async iterator over `Item`, for one consumer. When the session ends for good, the iterator yields what
    still waits and then raises why, as does every request from then on: an `Ended`, a `RequestRefused`, a `HubFault` or
    an `EventsOverflowed`. Requests wait while the client reconnects: give them a deadline with `trio.fail_after`.
    """

    def __init__(self, session: Session, random: Callable[[], float]) -> None:
        self._session = session
        self._random = random

    # What is known

    @property
    def me(self) -> Actor:
        """Who the session speaks for."""
        me = self._session.state.me
        if me is None:
            raise RuntimeError("not signed in yet")
        return me

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """The conversations as they stood when the current connection, or the last one, began."""
        return self._session.state.conversations

    @property
    def cursors(self) -> list[Cursor]:
        """How far the iterator has come in each conversation: save them, and begin there after a restart."""
        return self._session.state.cursors()

    def statistics(self) -> BufferStatistics:
        """Return the counters of the event buffer."""
        return self._session.state.buffer.statistics()

    # Events

    def __aiter__(self) -> "Client":
        return self

    async def __anext__(self) -> Item:
        return await self._session.next_item()

    # Messages

    async def publish(
        self,
        conv: int,
        body: str,
        *,
        cid: str | None = None,
        reply_to: int | None = None,
        attachments: Sequence[int] = (),
    ) -> Published:
        """Say something, and return when it is committed to disk. `attachments` are ids of own uploads.

        Repeats itself over lost connections and temporary errors, after the time the hub asks for; `cid` makes sure
        that it is one message all the same, even if the caller was cancelled and publishes it again. Raises
        `RequestRefused` for anything that repeating does not mend, and `RequestTooLarge`.
        """
        keys: dict[str, Any] = {"conv": conv, "body": body, "cid": cid or uuid4().hex}
        if reply_to is not None:
            keys["reply_to"] = reply_to
        if attachments:
            keys["attachments"] = list(attachments)
        backoff = Backoff(self._random, RETRY_BASE_S)
        while True:
            try:
                return read_published(Fields(await self.request("publish", repeat=True, **keys)), keys["cid"])
            except RequestRefused as refused:
                if not refused.temporary:
                    raise
                await trio.sleep((refused.retry_ms or 0) / 1000 + backoff.next_s())

    async def edit(self, conv: int, id: int, body: str) -> int:
        """Replace the text of an own message; return the `seq` of the event."""
        return await self._change("edit", conv=conv, id=id, body=body)

    async def delete(self, conv: int, id: int) -> int:
        """Take a message's content away; return the `seq` of the event."""
        return await self._change("delete", conv=conv, id=id)

    async def react(self, conv: int, id: int, emoji: str, *, on: bool = True) -> int:
        """Put an emoji on a message, or take it off; return the `seq` of the event."""
        return await self._change("react", conv=conv, id=id, emoji=emoji, on=on)

    async def history(self, conv: int, *, before: int | None = None, after: int | None = None, limit: int = 50) -> Page:
        """Return a page of at most 100 messages before or after a message id; neither asks for the newest."""
        return await self._page("history", conv=conv, before=before, after=after, limit=limit)

    async def search(self, q: str, *, conv: int | None = None, before: int | None = None, limit: int = 50) -> Page:
        """Return messages that contain `q`, in one conversation or in all that the caller may see."""
        return await self._page("search", q=q, conv=conv, before=before, limit=limit)

    async def list_conversations(self) -> tuple[Conversation, ...]:
        """Return the conversations as they stand now."""
        ok = Fields(await self.request("conversations", repeat=True))
        return tuple(read_conversation(each) for each in ok.each("conversations"))

    # Commands of a bot

    async def ack_command(self, id: str, *, failed: bool = False, result: Any = None) -> None:
        """Say what became of a command, and return when that is on disk. The first time counts.

        Repeats itself over lost connections. Raises `RequestRefused`, and `RequestTooLarge` for a large `result`.
        """
        status = "failed" if failed else "completed"
        await self.request("command.ack", repeat=True, id=id, status=status, result=result)

    # Signs of life

    async def received(self, conv: int, seq: int) -> None:
        """Tell that everything up to `seq` has arrived. Queued, not acknowledged."""
        await self.signal("received", conv=conv, seq=seq)

    async def read(self, conv: int, seq: int) -> None:
        """Tell that everything up to `seq` was read. Queued, not acknowledged."""
        await self.signal("read", conv=conv, seq=seq)

    async def typing(self, conv: int, *, on: bool = True) -> None:
        """Tell that a text is on its way. Queued, not acknowledged."""
        await self.signal("typing", conv=conv, on=on)

    # Anything else of the protocol

    async def request(self, t: str, /, *, repeat: bool = False, **keys: Any) -> Mapping[str, Any]:
        """Send any request and return the map of its `ok`.

        Waits for a connection first. When the connection is lost before the answer, a request that is safe to `repeat`
        is sent again; any other raises `Interrupted`, and may have been done. Raises `RequestRefused`, and
        `RequestTooLarge`. Cancelled, it may have been done.
        """
        while True:
            link = await self._session.link()
            try:
                return await link.request({"t": t, **keys}, self._session.state.message_bytes)
            except Interrupted:
                if not repeat:
                    raise

    async def signal(self, t: str, /, **keys: Any) -> None:
        """Send any frame that has no answer; lost if the connection is, refused without a word here but in the log."""
        link = await self._session.link()
        await link.push({"t": t, **keys}, self._session.state.message_bytes)

    async def _change(self, t: str, **keys: Any) -> int:
        return Fields(await self.request(t, **keys)).number("seq")

    async def _page(self, t: str, **keys: Any) -> Page:
        given = {key: value for key, value in keys.items() if value is not None}
        return read_page(Fields(await self.request(t, repeat=True, **given)))


@asynccontextmanager
async def open_client(
    url: str,
    *,
    token: str | None = None,
    username: str | None = None,
    password: str | None = None,
    device: str = "hubbub-client",
    commands: bool = False,
    cursors: Iterable[Cursor] = (),
    buffer_limit: int = BUFFER_LIMIT,
    overflow: Overflow = Overflow.RESUME,
    tls: ssl.SSLContext | None = None,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    dial: Dial | None = None,
    random: Callable[[], float] = random_module.random,
) -> AsyncIterator[Client]:
    """Sign in with a `token`, or a `username` and a `password`, and stay connected inside the block.

    `url` is `ws://HOST:PORT/ws` or `wss://…`. `device` names this program among the devices of the account: two
    programs with the same name replace each other. `cursors` say where to go on; without them events begin now.
    `commands`: a bot wants to be sent what it is to do; of several such sessions the newest is.
    `dial` opens the stream to the hub where it is not plain TCP or TLS; `random` gives numbers from 0 to 1.

    Raises `BadUrl`, ValueError for options that contradict each other, and `ConnectFailed`, `SignInRefused`, another
    `Ended` or `RequestRefused` when the first connection does not come about. Later losses are mended by reconnecting.
    What the block raises comes out as it is, in no group. On leaving, requests that wait are interrupted and the hub is
    told goodbye, within 2 s; when cancelled, the connection is cut.
    """
    target = Target.parse(url)
    if buffer_limit < 1:
        raise ValueError("buffer_limit must be 1 or more")
    state = ClientState(cursors, limit=buffer_limit, overflow=overflow)
    asked = {"commands": True} if commands else {}
    session = Session(
        state,
        hello=partial(state.hello, device=device, credentials=_credentials(token, username, password) | asked),
        open_socket=partial(open_socket, target, dial or partial(dial_hub, tls=tls), connect_timeout_s),
        random=random,
        welcome_timeout_s=connect_timeout_s,
    )
    async with _in_background(session):
        await session.link()
        yield Client(session, random)


def _credentials(token: str | None, username: str | None, password: str | None) -> dict[str, Any]:
    if token is not None and username is None and password is None:
        return {"token": token}
    if token is None and username is not None and password is not None:
        return {"username": username, "password": password}
    raise ValueError("either token, or username and password")


@asynccontextmanager
async def _in_background(session: Session) -> AsyncIterator[None]:
    raised: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.run)
            try:
                yield
            except trio.Cancelled:
                raise
            except BaseException as error:  # noqa: BLE001 # raised again, past the nursery that would put it in a group
                raised = error
            finally:
                await session.leave()
                nursery.cancel_scope.cancel()
    finally:
        if raised is not None:
            raise raised
