"""The session actor: runs what `state` decides. Its state is in the switchboard; it may end and begin at any moment."""

from typing import Final

import trio
from msgspec import Struct

from actors.faults import refusal_for
from actors.messages import conversation as to
from actors.messages.outcomes import Described, Done, NotMember, Refused
from actors.messages.session import (
    Admitted,
    AnySessionMessage,
    CaughtUp,
    Close,
    Drained,
    Frame,
    Placed,
    Setback,
    Unplaced,
)
from actors.ports import Clock, Library, PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import NoSuchActor, Refusal
from actors.runtime.kind import Kind
from actors.runtime.ref import Ref
from actors.runtime.reply import Reply, ReplyTo
from actors.session.commands import SessionSink
from actors.session.followup import CatchUpReply, PlaceReply
from actors.session.gather import ASK_S, gather, summaries
from actors.session.replies import send
from actors.session.state import Announce, CatchUp, Effect, End, Listening, Place, Retry, Send
from actors.switchboard import Connected, Switchboard
from protocol.frames import Hello, Limits, Self, Summary, Welcome

IDLE_S: Final = 5.0
RETRY_S: Final = 1.0  # less than IDLE_S, so that an actor does not fall asleep over it
NOTHING: Final = Drained(convs=[])
"""What is lost when a deadline fails: nothing that recovery would not ask for anyway."""


class SessionPorts(Struct, frozen=True):
    """What all sessions share. `presence_members`: up to that size a conversation shows presence.

    `heartbeat_ms`: how often the listener pings, which clients are told.
    """

    switchboard: Switchboard
    library: Library
    clock: Clock
    limits: Limits
    presence_members: int
    heartbeat_ms: int


def session_kind(
    *,
    switchboard: Switchboard,
    library: Library,
    clock: Clock,
    limits: Limits,
    presence_members: int,
    heartbeat_ms: int,
    mailbox_limit: int = 1_024,
) -> Kind[AnySessionMessage]:
    """The kind "session". Its actors are awake only while something happens to what they listen to."""
    ports = SessionPorts(switchboard, library, clock, limits, presence_members, heartbeat_ms)

    def factory(context: Context) -> SessionActor:
        session = switchboard.sessions.get(str(context.address.key))
        if session is None:
            raise NoSuchActor(context.address)
        return SessionActor(context, session, ports)

    return Kind(
        name="session",
        factory=factory,
        messages=AnySessionMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )


class SessionActor(Actor[AnySessionMessage]):
    """Welcomes, keeps places in conversations, has them filled up, and says when all is in sync."""

    __slots__ = ("_context", "_listening", "_ports", "_session")

    def __init__(self, context: Context, session: Connected, ports: SessionPorts) -> None:
        self._context = context
        self._session = session
        self._ports = ports
        self._listening = Listening(session, ports.presence_members)

    async def start(self) -> None:
        """Make good what the last life may have lost, if it ended in a failure. What it died of can be done twice."""
        progress = self._session.progress
        if progress.handling is not None:
            self._run(self._listening.recover())
            self._run(self._decide(progress.handling))
            progress.handling = None

    async def receive(self, message: AnySessionMessage, reply: Reply) -> None:
        """Handle one message; nothing is left to do for a session that has ended."""
        outcome: Done | Refused = Done()
        if self._session.ended:
            self._context.sleep_soon()
        else:
            self._session.progress.handling = message
            outcome = await self._handle(message)
            self._session.progress.handling = None
        reply.answer(outcome)

    async def wake(self) -> None:
        """Ask again."""
        if not self._session.ended:
            self._session.progress.handling = NOTHING
            self._run(self._listening.again())
            self._session.progress.handling = None

    async def _handle(self, message: AnySessionMessage) -> Done | Refused:
        if isinstance(message, Frame) and isinstance(message.frame, Hello):
            return await self._welcome(message.frame)
        self._run(self._decide(message))
        return Done()

    def _decide(self, message: AnySessionMessage) -> list[Effect]:
        listening = self._listening
        match message:
            case CaughtUp(conv=conv):
                return listening.caught_up(conv)
            case Drained(convs=convs):
                return listening.drained(convs)
            case Admitted(conv=conv, epoch=epoch, seq=seq):
                return listening.admitted(conv, epoch, seq)
            case Placed(conv=conv, size=size):
                return listening.placed(conv, size)
            case Unplaced(conv=conv):
                return listening.unplaced(conv)
            case Setback(conv=conv):
                return listening.setback(conv)
            case Close(code=code, reason=reason):
                return [End(code, reason)]
            case Frame():
                return []  # the desk's matter: no door sends one here

    # hello

    async def _welcome(self, hello: Hello) -> Done | Refused:
        caller = self._session.caller
        try:
            self._listening.begin(await self._ports.library.memberships(caller.who), hello.cursors)
            described = await self._take_places()
            shown = await summaries(self._context, self._ports.library, caller.who, described)
        except PortError as error:
            return refusal_for(error)
        if self._session.ended:
            return Done()
        send(self._session.outbox, self._welcome_frame(hello.ref, shown))
        if hello.commands:
            self._ports.switchboard.takes_commands(self._session, SessionSink(self._session))
        self._run(self._listening.welcomed(hello.cursors))
        return Done()

    async def _take_places(self) -> dict[int, Described]:
        """Subscribe to all that is wanted. A conversation that fails stays wanted, and joins in when it works again."""
        outcomes = await gather(list(self._session.progress.wanted), self._ask_for_place)
        described = {}
        for conv, outcome in outcomes.items():
            if isinstance(outcome, Described):
                described[conv] = outcome
                self._run(self._listening.placed(conv, outcome.size))
            elif isinstance(outcome, NotMember | NoSuchActor):
                self._run(self._listening.unplaced(conv))
        return described

    async def _ask_for_place(self, conv: int) -> object:
        if self._session.ended:
            return NotMember()
        return await self._conversation(conv).ask(self._subscribe(conv), timeout_s=ASK_S)

    def _subscribe(self, conv: int) -> to.Subscribe:
        # Noted before it is told: whoever says goodbye then knows whom to tell, and comes behind it in the mailbox.
        self._session.progress.rooms.add(conv)
        after = self._session.progress.wanted.get(conv)
        return to.Subscribe(by=self._session.caller, session=self._session.id, after=after)

    def _welcome_frame(self, ref: int, shown: list[Summary]) -> Welcome:
        caller = self._session.caller
        return Welcome(
            ref=ref,
            session=self._session.id,
            self=Self(caller.kind, caller.id, caller.name, caller.role),
            conversations=shown,
            limits=self._ports.limits,
            heartbeat_ms=self._ports.heartbeat_ms,
            at=self._ports.clock.now_ms(),
        )

    # Effects

    def _run(self, effects: list[Effect]) -> None:
        if self._session.ended:
            return
        for effect in effects:
            match effect:
                case Place(conv=conv):
                    self._tell(conv, self._subscribe(conv), PlaceReply(self._own_ref(), conv))
                case CatchUp(conv=conv):
                    message = to.CatchUp(session=self._session.id)
                    self._tell(conv, message, CatchUpReply(self._own_ref(), conv))
                case Send(frames=frames):
                    outbox = self._session.outbox
                    outbox.answer(b"".join([outbox.codec.piece(frame) for frame in frames]))
                case Announce(message=news):
                    self._announce(news)
                case End(code=code, reason=reason):
                    self._session.gate.close(code, reason)
                case Retry():
                    self._context.wake_at(trio.current_time() + RETRY_S)

    def _announce(self, message: object) -> None:
        try:
            self._context.ref("presence", "hub").tell(message, urgent=True)
        except Refusal:
            return  # presence is a courtesy; it reads the switchboard when it is back

    def _tell(self, conv: int, message: to.Message, reply_to: ReplyTo) -> None:
        try:
            self._conversation(conv).tell(message, reply_to, urgent=True)
        except Refusal as refusal:
            reply_to.answer(refusal)

    def _conversation(self, conv: int) -> Ref:
        return self._context.ref("conversation", conv)

    def _own_ref(self) -> Ref:
        return self._context.ref("session", self._session.id)
