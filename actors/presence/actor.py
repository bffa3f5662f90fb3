"""The presence actor, one for the hub: keeps who is online, and offers the news to the sessions concerned."""

from collections.abc import Iterable
from typing import Final

import trio

from actors.messages.outcomes import Done
from actors.messages.presence import AnyPresenceMessage, Arrived, Departed, Entered, Exited
from actors.ports import Clock
from actors.presence.state import News, Online
from actors.runtime.actor import Actor, Context
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.switchboard import Switchboard
from protocol import frames
from protocol.codec import Codec

GRACE_S: Final = 2.0
PAUSE_S: Final = 0.1


def presence_kind(
    *,
    switchboard: Switchboard,
    clock: Clock,
    grace_s: float = GRACE_S,
    pause_s: float = PAUSE_S,
    mailbox_limit: int = 65_536,
) -> Kind[AnyPresenceMessage]:
    """The kind "presence", with one actor, "hub". It never sleeps.

    `grace_s`: so long somebody may be away without being told to be; `pause_s`: so long news are collected.
    """
    return Kind(
        name="presence",
        factory=lambda context: PresenceActor(context, switchboard, clock, grace_s, pause_s),
        messages=AnyPresenceMessage,
        mailbox_limit=mailbox_limit,
    )


class PresenceActor(Actor[AnyPresenceMessage]):
    """Its state is rebuilt from the switchboard: after a failure the present are told of anew, which harms nobody."""

    __slots__ = ("_clock", "_context", "_online", "_switchboard")

    def __init__(
        self, context: Context, switchboard: Switchboard, clock: Clock, grace_s: float, pause_s: float
    ) -> None:
        self._context = context
        self._switchboard = switchboard
        self._clock = clock
        self._online = Online(switchboard.owners, grace_s=grace_s, pause_s=pause_s)

    async def start(self) -> None:
        """Take in all that are in sync."""
        for session in self._switchboard.sessions.values():
            if session.progress.synced:
                self._arrive(session.id, session.caller.actor, session.progress.small)
        self._schedule()

    async def receive(self, message: AnyPresenceMessage, reply: Reply) -> None:
        """Note what happened; it is told in a moment."""
        now = trio.current_time()
        match message:
            case Arrived(session=session, actor=actor, convs=convs):
                self._arrive(session, actor, convs)
            case Entered(session=session, conv=conv):
                self._online.entered(session, conv, now)
            case Exited(session=session, conv=conv):
                self._online.exited(session, conv)
            case Departed(session=session, convs=convs):
                self._online.departed(session, convs, now)
        self._schedule()
        reply.answer(Done())

    async def wake(self) -> None:
        """Tell what is due."""
        pieces: dict[tuple[Codec, News], bytes] = {}
        for session, news in self._online.due(trio.current_time(), self._clock.now_ms()).items():
            self._offer(session, news, pieces)
        self._schedule()

    def _arrive(self, session: str, actor: frames.Actor, convs: Iterable[int]) -> None:
        # It may have ended before its arrival was read; its departure then came to nobody.
        if session in self._switchboard.sessions:
            self._online.arrived(session, actor, convs, trio.current_time(), self._clock.now_ms())

    def _offer(self, session: str, news: list[News], pieces: dict[tuple[Codec, News], bytes]) -> None:
        connected = self._switchboard.sessions.get(session)
        if connected is None:
            return
        outbox = connected.outbox
        outbox.offer(b"".join([encoded(outbox.codec, each, pieces) for each in news]))

    def _schedule(self) -> None:
        due_at = self._online.due_at
        self._context.wake_at(None if due_at == float("inf") else due_at)


def encoded(codec: Codec, news: News, pieces: dict[tuple[Codec, News], bytes]) -> bytes:
    """The news as a frame, encoded once for each subprotocol."""
    key = (codec, news)
    piece = pieces.get(key)
    if piece is None:
        piece = pieces[key] = codec.piece(frames.Presence(who=news.actor, online=news.online, at=news.at))
    return piece
