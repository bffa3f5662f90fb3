"""Who is in a conversation, what it is called, and how far its log has come.

There are two ends of the log: `head` is the last `seq` that was given out, `committed` the last one on disk. What is
between them may yet fail. Names, seats and roles are as of `committed`, because that is what may be shown; whether
somebody is a member when the next event is written is judged as of `head`, because that is what the event builds on.

A conversation that does not exist is a closed one without members and without events: nobody can see it.
"""

from collections.abc import Iterable

from actors.values import ConversationRecord, Who
from protocol.frames import Actor, AnyEvent, ConversationKind, Members, Renamed, Role


class Seat:
    """One member; `read` and `received` are `seq` markers."""

    __slots__ = ("actor", "read", "received", "role")

    def __init__(self, actor: Actor, role: Role, read: int = 0, received: int = 0) -> None:
        self.actor = actor
        self.role: Role = role
        self.read = read
        self.received = received


class State:
    """The conversation itself, changed only by its events."""

    __slots__ = ("_moves", "_moving", "committed", "conv", "epoch", "head", "kind", "name", "seats")

    def __init__(self, conv: int) -> None:
        self.conv = conv
        self.kind: ConversationKind = "closed"
        self.name: str | None = None
        self.epoch = 0
        self.head = 0
        self.committed = 0
        self.seats: dict[Who, Seat] = {}
        self._moves: dict[Who, Actor | None] = {}
        self._moving = 0

    @classmethod
    def load(cls, conv: int, record: ConversationRecord | None) -> "State":
        """The state as the database has it; None: there is no such conversation."""
        state = cls(conv)
        if record is not None:
            state.begin(record.kind, record.name, record.epoch)
            state.head = state.committed = record.head
            state.seats = {m.who: Seat(m.actor, m.role, m.read, m.received) for m in record.members}
        return state

    def begin(self, kind: ConversationKind, name: str | None, epoch: int) -> None:
        """The conversation is being founded; its first event is still to come."""
        self.kind = kind
        self.name = name
        self.epoch = epoch

    def vanish(self) -> None:
        """The conversation was not founded, after all."""
        self.begin("closed", None, 0)

    @property
    def exists(self) -> bool:
        """Whether it is, or is being, founded."""
        return self.head > 0

    # As of `head`

    def is_member(self, who: Who) -> bool:
        """Whether the next event may be theirs."""
        if who in self._moves:
            return self._moves[who] is not None
        return who in self.seats

    def actor(self, who: Who) -> Actor | None:
        """A member, by today's name."""
        if who in self._moves:
            return self._moves[who]
        seat = self.seats.get(who)
        return None if seat is None else seat.actor

    def is_admin(self, who: Who) -> bool:
        """Whether they administer the conversation."""
        seat = self.seats.get(who)
        # Whoever leaves or comes back has no role any more, although the seat is there until that is committed.
        return seat is not None and seat.role == "admin" and who not in self._moves

    def assign(self, event: AnyEvent) -> None:
        """The event was handed to the log."""
        self.head = event.seq
        if isinstance(event, Members):
            self._moving += 1
            self._moves.update(dict.fromkeys(identities(event.removed)))
            self._moves.update({identity(actor): actor for actor in event.added})

    # As of `committed`

    def commit(self, event: AnyEvent) -> None:
        """The event is on disk."""
        self.committed = event.seq
        if isinstance(event, Members):
            self._seat(event)
            self._moving -= 1
            if not self._moving:
                self._moves.clear()
        elif isinstance(event, Renamed):
            self.name = event.name

    def roll_back(self) -> None:
        """Nothing after `committed` will ever be on disk."""
        self._moves.clear()
        self._moving = 0
        self.head = self.committed
        if not self.exists:
            self.vanish()

    def rename_actor(self, who: Who, name: str) -> None:
        """A member has another name now; whoever is no member is no error."""
        seat = self.seats.get(who)
        if seat is not None:
            seat.actor = Actor(who.kind, who.id, name)

    def _seat(self, event: Members) -> None:
        for who in identities(event.removed):
            self.seats.pop(who, None)
        founder = identity(event.by) if event.seq == 1 and self.kind != "direct" else None
        for actor in event.added:
            who = identity(actor)
            self.seats[who] = Seat(actor, "admin" if who == founder else "member")


def identity(actor: Actor) -> Who:
    """The identity without the name."""
    return Who(actor.kind, actor.id)


def identities(actors: Iterable[Actor]) -> list[Who]:
    """The identities without the names."""
    return [Who(actor.kind, actor.id) for actor in actors]
