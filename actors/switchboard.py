"""Which sessions are connected, and who listens to which conversation.

This outlives the actors: a conversation that is restarted finds its listeners here, all of them at the `seq` up to
which the room was flushed, and so nobody misses or gets twice what was committed while it was down. All of it is
synchronous, in one process; nothing here is durable, and nothing here needs to be.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from actors.attendance import Attendance
from actors.messages.session import AnySessionMessage
from actors.ports import CommandSink, Gate
from actors.values import Caller, Who
from protocol.codec import Codec
from protocol.frames import Gap, Reset


class Outbox(Protocol):
    """The way to one client's socket. Pieces are whole WebSocket frames, joined or single. No call ever blocks."""

    @property
    def codec(self) -> Codec:
        """The subprotocol that this client speaks."""

    @property
    def room_left(self) -> int:
        """Bytes that `push` would take now."""

    def push(self, piece: bytes) -> bool:
        """Send, or keep for the writer task. False: full, and nothing of the piece was taken."""

    def offer(self, piece: bytes) -> bool:
        """Send something ephemeral: dropped, and False, when the client is behind."""

    def answer(self, piece: bytes) -> None:
        """Send an answer. It is never dropped alone: a client that is too far behind for it is cut with 4429."""

    def wake_for(self, conv: int) -> None:
        """Once there is room again, name the conversation in the session's `Drained`."""


class Held:
    """A listener that is behind: it has everything up to `position`, then comes `notice`, then the rest.

    `until` is the event that removed its owner, which is the last one for it. `invited` while it has the place because
    its owner was let in, and has not asked for anything yet.
    """

    __slots__ = ("invited", "notice", "outbox", "position", "until")

    def __init__(self, outbox: Outbox, position: int, notice: Gap | Reset | None) -> None:
        self.outbox = outbox
        self.position = position
        self.notice = notice
        self.until: int | None = None
        self.invited = False


class Room:
    """The listeners of one conversation. `live` ones have everything up to `flushed`.

    `flushed` is -1 until the conversation's actor has begun once: there is nothing to make up for.
    """

    __slots__ = ("conv", "flushed", "held", "live", "owners")

    def __init__(self, conv: int) -> None:
        self.conv = conv
        self.flushed = -1
        self.live: dict[Codec, dict[str, Outbox]] = {}
        self.held: dict[str, Held] = {}
        self.owners: dict[str, Who] = {}

    def __contains__(self, session: str) -> bool:
        return session in self.owners

    def __len__(self) -> int:
        return len(self.owners)

    def hold(self, session: str, owner: Who, outbox: Outbox, position: int, notice: Gap | Reset | None = None) -> Held:
        """Keep the session's place at `position`; it is no longer live."""
        self._drop_live(session, outbox)
        self.owners[session] = owner
        held = self.held[session] = Held(outbox, position, notice)
        return held

    def go_live(self, session: str) -> None:
        """The session has everything up to `flushed`."""
        outbox = self.held.pop(session).outbox
        self.live.setdefault(outbox.codec, {})[session] = outbox

    def forget(self, session: str) -> None:
        """The session does not listen any more; an unknown one is no error."""
        self.owners.pop(session, None)
        self.held.pop(session, None)
        for outboxes in self.live.values():
            outboxes.pop(session, None)

    def sessions_of(self, who: Who) -> list[str]:
        """The sessions of one user or bot that listen here."""
        return [session for session, owner in self.owners.items() if owner == who]

    def position(self, session: str) -> int | None:
        """Up to which `seq` the session's outbox has taken everything; None: it does not listen here."""
        held = self.held.get(session)
        if held is not None:
            return held.position
        return self.flushed if session in self.owners else None

    def live_outboxes(self) -> Iterator[tuple[str, Outbox]]:
        """Every live listener."""
        for outboxes in self.live.values():
            yield from outboxes.items()

    def _drop_live(self, session: str, outbox: Outbox) -> None:
        self.live.get(outbox.codec, {}).pop(session, None)


class Progress:
    """How far a session has come with what it listens to. It outlives the session's actor.

    `rooms`: conversations that were told to hold a place for it. `wanted`: those that have not done so, with the cursor
    to begin at. `invited`: those that hold a place since they let its owner in, of which the actor has not heard yet.
    `behind`: those that have to be asked again for what is missing. `small`: those that show presence.
    `awaited`: replays to come before `synced`; None before `welcome`. `handling`: what the actor is at, or died of.
    """

    __slots__ = ("awaited", "behind", "crashes", "handling", "invited", "rooms", "small", "synced", "wanted")

    def __init__(self) -> None:
        self.rooms: set[int] = set()
        self.wanted: dict[int, tuple[int, int] | None] = {}
        self.invited: set[int] = set()
        self.behind: set[int] = set()
        self.small: set[int] = set()
        self.awaited: set[int] | None = None
        self.synced = False
        self.handling: AnySessionMessage | None = None
        self.crashes = 0


class Connected:
    """One signed-in session and its connection. `ended` once it has left the switchboard: nothing it sends counts."""

    __slots__ = ("caller", "credential", "device", "ended", "gate", "id", "outbox", "progress", "since_ms")

    def __init__(
        self,
        id: str,
        caller: Caller,
        device: str,
        outbox: Outbox,
        gate: Gate,
        since_ms: int,
        credential: str,
    ) -> None:
        self.id = id
        self.caller = caller
        self.device = device
        self.outbox = outbox
        self.gate = gate
        self.since_ms = since_ms
        self.credential = credential
        self.ended = False
        self.progress = Progress()


class Switchboard:
    """Every connected session of this process, and every room that somebody listens to.

    `attendance` is told of the sessions of bots.
    """

    def __init__(self, attendance: Attendance | None = None) -> None:
        self.sessions: dict[str, Connected] = {}
        self._attendance = attendance
        self._by_owner: dict[Who, dict[str, Connected]] = {}
        self._rooms: dict[int, Room] = {}

    def enter(self, session: Connected) -> None:
        """A session signed in."""
        self.sessions[session.id] = session
        self._by_owner.setdefault(session.caller.who, {})[session.id] = session
        if self._attendance is not None and session.caller.kind == "bot":
            self._attendance.opened(session.caller.id, session.id)

    def takes_commands(self, session: Connected, sink: CommandSink) -> None:
        """The session of a bot wants the bot's commands, which `sink` sends; another one's never comes to any."""
        if self._attendance is not None and session.caller.kind == "bot" and not session.ended:
            self._attendance.opened(session.caller.id, session.id, sink)

    def leave(self, session_id: str) -> None:
        """A session ended; an unknown one is no error."""
        session = self.sessions.pop(session_id, None)
        if session is None:
            return
        session.ended = True
        owned = self._by_owner[session.caller.who]
        del owned[session_id]
        if not owned:
            del self._by_owner[session.caller.who]
        if self._attendance is not None and session.caller.kind == "bot":
            self._attendance.closed(session.caller.id, session.id)

    def of(self, who: Who) -> list[Connected]:
        """The sessions of one user or bot, oldest first."""
        return list(self._by_owner.get(who, {}).values())

    def room(self, conv: int) -> Room:
        """The listeners of a conversation; made on first use."""
        room = self._rooms.get(conv)
        if room is None:
            room = self._rooms[conv] = Room(conv)
        return room

    def owners(self, conv: int) -> Mapping[str, Who]:
        """Which sessions listen to a conversation, and whose they are."""
        room = self._rooms.get(conv)
        return {} if room is None else room.owners

    def positions(self, session: Connected) -> dict[int, int]:
        """Up to which `seq` of each conversation the session's outbox has taken everything."""
        found = {}
        for conv in session.progress.rooms:
            room = self._rooms.get(conv)
            position = None if room is None else room.position(session.id)
            if position is not None:
                found[conv] = position
        return found

    def discard(self, conv: int) -> None:
        """The conversation goes to sleep: forget its room if nobody listens."""
        room = self._rooms.get(conv)
        if room is not None and not room.owners:
            del self._rooms[conv]

    def statistics(self) -> dict[str, int]:
        """How many sessions, owners and rooms there are."""
        return {"sessions": len(self.sessions), "owners": len(self._by_owner), "rooms": len(self._rooms)}
