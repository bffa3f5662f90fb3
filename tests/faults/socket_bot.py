"""A bot on a Socket.IO socket that takes commands: packets by hand, over WebSocket only."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import trio
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, wrap_client_stream

from tests.faults.rest import Unanswered

OPEN, PING, PONG, CONNECT, EVENT, ACK = "0", "2", "3", "40", "42", "43"
ANSWER_S: Final = 5.0
RESOURCE: Final = "/socket.io/?EIO=4&transport=websocket"


class SocketBot:
    """One socket, until the block of `open_socket_bot` ends. Everything raises `Unanswered` once it is broken."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection
        self._refs = 0
        self._answers: dict[int, Any] = {}
        self._answered: dict[int, trio.Event] = {}

    async def commands(self) -> AsyncIterator[str]:
        """The ids of commands as they come. It reads, and so must be asked all the time."""
        while True:
            packet = await self._hear()
            if packet == PING:
                await self._say(PONG)
            elif packet.startswith(ACK):
                self._take_answer(packet[len(ACK) :])
            elif packet.startswith(EVENT):
                name, *values = json.loads(packet[len(EVENT) :])
                if name == "command":
                    yield values[0]["id"]

    async def acknowledge(self, command: str) -> dict[str, Any]:
        """Say that it is done, and return what the hub answers."""
        self._refs += 1
        ref, event = self._refs, trio.Event()
        self._answered[ref] = event
        done = ["command_ack", {"id": command, "status": "completed", "result": {"by": "socket"}}]
        await self._say(f"{EVENT}{ref}{json.dumps(done)}")
        with trio.move_on_after(ANSWER_S):
            await event.wait()
            answer: dict[str, Any] = self._answers.pop(ref)[0]
            return answer
        raise Unanswered

    async def sign_in(self, token: str) -> None:
        """Connect to the one namespace there is."""
        assert (await self._hear()).startswith(OPEN)
        await self._say(CONNECT + json.dumps({"token": token, "commands": True}))
        assert (await self._hear()).startswith(CONNECT)

    def _take_answer(self, rest: str) -> None:
        ref, _, values = rest.partition("[")
        self._answers[int(ref)] = json.loads("[" + values)
        self._answered.pop(int(ref)).set()

    async def _hear(self) -> str:
        try:
            return str(await self._connection.get_message())
        except ConnectionClosed as closed:
            raise Unanswered from closed

    async def _say(self, packet: str) -> None:
        try:
            await self._connection.send_message(packet)
        except ConnectionClosed as closed:
            raise Unanswered from closed


@asynccontextmanager
async def open_socket_bot(address: str, token: str) -> AsyncIterator[SocketBot]:
    """Open a socket at `HOST:PORT`. Raises `Unanswered`, from the block too."""
    host, port = address.split(":")
    try:
        # The library leaves the socket open when the handshake fails.
        async with await trio.open_tcp_stream(host, int(port)) as stream, trio.open_nursery() as nursery:
            # And it waits for ever where a hub is killed that has accepted, and has not answered the handshake.
            with trio.fail_after(ANSWER_S):
                bot = SocketBot(await wrap_client_stream(nursery, stream, address, RESOURCE))
                await bot.sign_in(token)
            yield bot
            nursery.cancel_scope.cancel()
    except* (OSError, HandshakeError, ConnectionClosed, trio.TooSlowError) as error:
        raise Unanswered from error
