"""Bot Manager over Socket.IO: who a socket is, and what it may say. What it is shown is the matter of `feed`.

Source: docs/reference/socketio.md; docs/dialects/botmanager.md, "Socket.IO".
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from actors.messages.bot import AckCommand, QueueCommand
from actors.messages.outcomes import CommandSaved
from actors.ports import Clock, Commands, Doorbell, People
from actors.times import iso
from actors.values import Command
from http_edge.dialects.botmanager.callers import COOKIE, Callers, Identity, token_in
from http_edge.dialects.botmanager.commands import Sent
from http_edge.dialects.botmanager.errors import Failed, denied, expected, failed, missing, not_signed_in
from http_edge.dialects.botmanager.feed import LiveFeed
from http_edge.dialects.botmanager.guard import Guard
from http_edge.dialects.botmanager.utterances import Acknowledged, ToSend, acknowledged, to_send
from http_edge.dialects.botmanager.views import command_view
from http_edge.gateway import Gateway
from http_edge.socketio import Peer
from protocol.socketio import packets
from protocol.socketio.errors import Denied

SEND_MESSAGE: Final = "send_message"
WRONG: Final = "Invalid credentials"


class Admitted(NamedTuple):
    """Who a socket is, and whether it asks for commands to be pushed."""

    identity: Identity
    takes_commands: bool


class SocketSink:
    """A `CommandSink`: the way of a bot's commands to its socket."""

    __slots__ = ("_peer",)

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def push(self, command: Command) -> bool:
        """See `CommandSink`."""
        return self._peer.offer(packets.event("command", msgspec.to_builtins(command_view(command))))


class Live:
    """Implements `http_edge.socketio.Handler`. It has no state of its own."""

    def __init__(
        self,
        *,
        feed: LiveFeed,
        callers: Callers,
        guard: Guard,
        gateway: Gateway,
        people: People,
        queues: Commands,
        doorbell: Doorbell,
        clock: Clock,
    ) -> None:
        self._feed = feed
        self._callers = callers
        self._guard = guard
        self._gateway = gateway
        self._people = people
        self._queues = queues
        self._doorbell = doorbell
        self._clock = clock

    async def connect(self, peer: Peer, auth: Any) -> Admitted:
        """Tell who it is. Raises `Denied` for a token that is nobody's."""
        fields = auth if isinstance(auth, dict) else {}
        revision = None
        while revision != self._feed.revision:
            revision = self._feed.revision
            try:
                identity = await self._identify(peer, fields.get("token"))
            except Failed as unavailable:
                raise Denied(unavailable.message) from None
        return Admitted(identity, fields.get("commands") is True)

    def joined(self, peer: Peer, admitted: Admitted) -> None:
        """Show it what it may see from now on."""
        identity, takes_commands = admitted
        self._feed.enter(peer, identity)
        peer.emit(
            "connection_established",
            {"status": "connected", "client_id": peer.client_id, "timestamp": self._now()},
        )
        if identity.bot is not None:
            sink = SocketSink(peer) if takes_commands else None
            self._doorbell.opened(identity.bot.caller.id, peer.client_id, sink)

    async def event(self, peer: Peer, name: str, args: list[Any]) -> list[Any]:
        """Handle what it says. An event that nobody knows is acknowledged with nothing."""
        identity, said = self._feed.who(peer), args[0] if args else None
        match name:
            case "send_message":
                answer = await self._send(identity, said)
                peer.emit("message_sent", answer)
                return [answer]
            case "command_ack":
                return [await self._acknowledge(identity, said)]
        return []

    def left(self, peer: Peer) -> None:
        """Show it nothing any more."""
        identity = self._feed.leave(peer)
        if identity.bot is not None:
            self._doorbell.closed(identity.bot.caller.id, peer.client_id)

    # ------------------------------------------------------------------ who

    async def _identify(self, peer: Peer, said: Any) -> Identity:
        headers = peer.handshake.headers
        token = token_in(headers) if said is None else said
        if token is not None:
            return await self._by_token(token)
        cookie = peer.handshake.cookies.get(COOKIE)
        session = None if cookie is None else await self._callers.by_cookie(cookie)
        return Identity() if session is None else Identity(user=session.caller, session_id=session.id)

    async def _by_token(self, token: Any) -> Identity:
        if not isinstance(token, str):
            raise Denied(WRONG)
        bot = await self._callers.by_bot_token(token)
        user = None if bot is not None else await self._callers.by_user_token(token)
        if bot is None and user is None:
            raise Denied(WRONG)
        return Identity(user=user, bot=bot)

    # ------------------------------------------------------------------ what

    async def _send(self, identity: Identity, said: Any) -> dict[str, Any]:
        """Have a bot send something; the answer is what `message_sent` tells."""
        try:
            command = await self._queue(identity, to_send(said))
        except Failed as failure:
            return {"status": "error", "command_id": None, "timestamp": self._now(), "error": failure.message}
        return {"status": "queued", "command_id": command.id, "timestamp": self._now()}

    async def _queue(self, identity: Identity, wanted: ToSend) -> Command:
        if not identity.known:
            raise not_signed_in()
        bot = await self._guard.bot_of(identity, wanted.bot_id)
        return await self._saved(bot.id, QueueCommand(by=identity.caller, kind=SEND_MESSAGE, payload=wanted.payload))

    async def _acknowledge(self, identity: Identity, said: Any) -> dict[str, Any]:
        """Take a command for done; the answer is that of the route for the same."""
        try:
            if not identity.known:
                raise not_signed_in()
            done: Acknowledged = acknowledged(said)
            bot = await self._bot_of_command(identity, done.id)
            credential = None if identity.bot is None else identity.bot.credential_id
            message = AckCommand(
                by=identity.caller, credential_id=credential, id=done.id, status=done.status, result=done.result
            )
            answer = Sent(command_view(await self._saved(bot, message)))
        except Failed as failure:
            return {"error": failure.message}
        return dict(msgspec.to_builtins(answer))

    async def _bot_of_command(self, identity: Identity, id: str) -> int:
        command = expected(await self._gateway.read(self._queues.command(id)))
        bot = None if command is None else expected(await self._gateway.read(self._people.managed(command.bot)))
        if bot is None:
            raise missing("Command")
        if not (identity.owns(bot) or identity.is_bot(bot.id)):
            raise denied()
        return bot.id

    async def _saved(self, bot: int, message: QueueCommand | AckCommand) -> Command:
        outcome = await self._gateway.ask("bot", bot, message)
        if not isinstance(outcome, CommandSaved):
            raise failed(outcome)
        return outcome.command

    def _now(self) -> str:
        return iso(self._clock.now_ms())
