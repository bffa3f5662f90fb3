"""Conversations held in plain dictionaries: what the in-memory store believes to be on disk."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from msgspec.structs import replace

from actors.messages.changes import AnyChange, Append, Found, SaveMarks
from actors.values import CidKey, ConversationRecord, Member, Posted, Who
from protocol.frames import Actor, AnyEvent, ConversationKind, Deleted, Edited, Members, Message, Reacted, Renamed, Role


class Conflict(Exception):
    """The change collides with what is stored, as a unique index would say."""


@dataclass
class Room:
    """One conversation: its log as it was written, its messages as they are today, its members."""

    id: int
    kind: ConversationKind
    name: str | None
    epoch: int
    direct_key: str | None
    log: list[AnyEvent] = field(default_factory=list)
    messages: dict[int, Message] = field(default_factory=dict)
    reactions: dict[int, list[tuple[Who, str]]] = field(default_factory=dict)
    cids: dict[CidKey, Posted] = field(default_factory=dict)
    members: dict[Who, Member] = field(default_factory=dict)

    @property
    def record(self) -> ConversationRecord:
        return ConversationRecord(self.id, self.kind, self.name, self.epoch, len(self.log), list(self.members.values()))

    def visible_to(self, viewer: Who) -> bool:
        return viewer in self.members or (self.kind == "open" and viewer.kind == "user")

    def append(self, event: AnyEvent) -> None:
        """Store the next event. Raises `Conflict` for a `seq` that is not the next one and for a known `cid`."""
        if event.seq != len(self.log) + 1:
            raise Conflict(f"seq {event.seq} after {len(self.log)}")
        match event:
            case Message():
                self._post(event)
            case Edited(id=message):
                self.messages[message] = replace(self.messages[message], body=event.body, html=event.html, edited=True)
            case Deleted(id=message):
                gone = replace(self.messages[message], body="", html="", attachments=None, deleted=True)
                self.messages[message] = gone
            case Reacted():
                self._react(event)
            case Members():
                self.admit(event, frozenset())
            case Renamed():
                self.name = event.name
        self.log.append(event)

    def admit(self, event: Members, admins: frozenset[int]) -> None:
        for actor in event.removed:
            self.members.pop(Who(actor.kind, actor.id), None)
        for index, actor in enumerate(event.added):
            role: Role = "admin" if index in admins else "member"
            self.members[Who(actor.kind, actor.id)] = Member(actor, role)

    def mark(self, change: SaveMarks) -> None:
        for mark in change.marks:
            member = self.members.get(mark.who)
            if member is not None:
                read, received = max(mark.read, member.read), max(mark.received, member.received)
                self.members[mark.who] = replace(member, read=read, received=received)

    def _post(self, event: Message) -> None:
        key = CidKey(Who(event.sender.kind, event.sender.id), event.cid)
        if key in self.cids:
            raise Conflict(f"cid {event.cid}")
        self.cids[key] = Posted(event.seq, event.id, event.at)
        self.messages[event.id] = event

    def _react(self, event: Reacted) -> None:
        reactions = self.reactions.setdefault(event.id, [])
        entry = (Who(event.by.kind, event.by.id), event.emoji)
        if event.on and entry not in reactions:
            reactions.append(entry)
        elif not event.on and entry in reactions:
            reactions.remove(entry)


class Rooms:
    """Every conversation."""

    def __init__(self) -> None:
        self._rooms: dict[int, Room] = {}
        self.direct: dict[str, int] = {}

    def __getitem__(self, conv: int) -> Room:
        return self._rooms[conv]

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def get(self, conv: int) -> Room | None:
        return self._rooms.get(conv)

    def copy_of(self, conv: int) -> "Rooms":
        """A copy that holds this one conversation, to try changes on."""
        copy = Rooms()
        copy.direct = dict(self.direct)
        if conv in self._rooms:
            copy._rooms[conv] = deepcopy(self._rooms[conv])
        return copy

    def apply(self, change: AnyChange) -> None:
        """Store one change. Raises `Conflict`."""
        match change:
            case Found():
                self._found(change)
            case Append():
                self._existing(change.conv).append(change.event)
            case SaveMarks():
                self._existing(change.conv).mark(change)

    def _existing(self, conv: int) -> Room:
        room = self._rooms.get(conv)
        if room is None:
            raise Conflict(f"no conversation {conv}")
        return room

    def _found(self, change: Found) -> None:
        if change.conv in self._rooms or change.direct_key in self.direct:
            raise Conflict(f"conversation {change.conv} {change.direct_key}")
        room = Room(change.conv, change.kind, change.name, change.epoch, change.direct_key)
        room.admit(change.event, frozenset(change.admins))
        room.log.append(change.event)
        self._rooms[room.id] = room
        if change.direct_key is not None:
            self.direct[change.direct_key] = room.id


def who(actor: Actor) -> Who:
    """The identity of an actor in a frame."""
    return Who(actor.kind, actor.id)
