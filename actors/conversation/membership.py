"""Founding, naming, coming and going."""

from collections.abc import Callable, Iterable, Sequence

from actors.conversation.core import Core
from actors.conversation.journal import Journal
from actors.conversation.refusals import NotDone, conflict, unavailable
from actors.conversation.rules import check_adds, check_administers, check_joins, check_leaves
from actors.conversation.state import identities
from actors.messages import changes
from actors.messages.conversation import AddMembers, Describe, Found, Join, Leave, RemoveMembers, Rename
from actors.messages.outcomes import bad_request, not_found
from actors.runtime.errors import Refusal
from actors.runtime.ref import Ref
from actors.runtime.reply import Reply
from actors.values import Caller, Who, direct_key
from protocol.frames import Actor, Members, Renamed

SISTER_RETRY_MS = 500

ConversationRef = Callable[[int], Ref]


class Membership:
    """Turns requests into events. Methods raise `NotDone` or `StoreUnavailable` before they have changed anything."""

    __slots__ = ("_clock", "_conversation", "_core", "_founding", "_journal")

    def __init__(self, core: Core, journal: Journal, conversation: ConversationRef, clock: Callable[[], float]) -> None:
        self._core = core
        self._journal = journal
        self._conversation = conversation
        self._clock = clock
        self._founding: Members | None = None

    async def found(self, message: Found, reply: Reply) -> None:
        """Begin the conversation; a direct one that exists already answers instead."""
        core = self._core
        if core.state.exists:
            raise NotDone(conflict("there is such a conversation already"))
        whos = list(dict.fromkeys([message.by.who, *message.members]))
        key = direct_key(whos) if message.kind == "direct" else None
        if key is not None and await self._found_before(message.by, whos, key, reply):
            return
        actors = await self._actors(whos, "members", "bots")
        event = self._event(message.by, added=actors)
        change = changes.Found(
            conv=core.conv,
            term=core.term,
            kind=message.kind,
            name=None if key else message.name,  # who is in it names a direct conversation
            epoch=event.at,  # after a restore from a backup the same id may be founded again
            direct_key=key,
            event=event,
            admins=[] if key else [0],
        )
        self._founding = event
        self._journal.found(change, reply, self._clock())

    async def found_meanwhile(self) -> None:
        """The log refused the founding because others founded the same direct conversation first: let that answer.

        Raises `StoreUnavailable`; then nothing was changed.
        """
        founding = self._founding
        if founding is None:
            return
        sister = await self._core.services.library.direct(direct_key(identities(founding.added)))
        refusal = unavailable("the conversation could not be founded", SISTER_RETRY_MS)
        for entry in self._journal.abandon():
            if entry.event is founding and sister is not None:
                self._pass_on(sister, founding.by, entry.reply)
            else:
                entry.refuse(refusal)

    async def rename(self, message: Rename, reply: Reply) -> None:
        """Give another name."""
        core = self._core
        check_administers(core.state, message.by)
        by = core.actor(message.by.who, message.by.actor)
        at = core.services.clock.now_ms()
        event = Renamed(conv=core.conv, seq=core.state.head + 1, at=at, name=message.name, by=by)
        self._journal.append(event, reply, self._clock())

    async def join(self, message: Join, reply: Reply) -> None:
        """Let the caller in."""
        check_joins(self._core.state, message.by)
        await self._add(message.by, [message.by.who], reply)

    async def add(self, message: AddMembers, reply: Reply) -> None:
        """Let others in."""
        check_adds(self._core.state, message.by)
        await self._add(message.by, message.members, reply)

    async def leave(self, message: Leave, reply: Reply) -> None:
        """Let the caller out."""
        check_leaves(self._core.state, message.by)
        self._remove(message.by, [message.by.who], reply)

    async def remove(self, message: RemoveMembers, reply: Reply) -> None:
        """Put others out; to put out oneself is to leave."""
        if message.members == [message.by.who]:
            check_leaves(self._core.state, message.by)
        else:
            check_administers(self._core.state, message.by)
        strangers = [who for who in message.members if not self._core.state.is_member(who)]
        if strangers:
            await self._actors(strangers, "users", "bots")
        self._remove(message.by, message.members, reply)

    async def _add(self, by: Caller, whos: Iterable[Who], reply: Reply) -> None:
        state = self._core.state
        new = [who for who in dict.fromkeys(whos) if not state.is_member(who)]
        if not new:
            self._journal.nothing_to_do(reply)
            return
        actors = await self._actors(new, "users", "bots")
        self._journal.append(self._event(by, added=actors), reply, self._clock())

    def _remove(self, by: Caller, whos: Iterable[Who], reply: Reply) -> None:
        core = self._core
        leaving = [who for who in dict.fromkeys(whos) if core.state.is_member(who)]
        if not leaving:
            self._journal.nothing_to_do(reply)
            return
        removed = [core.actor(who, Actor(who.kind, who.id, "")) for who in leaving]
        self._journal.append(self._event(by, removed=removed), reply, self._clock())

    def _event(self, by: Caller, *, added: Sequence[Actor] = (), removed: Sequence[Actor] = ()) -> Members:
        core = self._core
        return Members(
            conv=core.conv,
            seq=core.state.head + 1,
            at=core.services.clock.now_ms(),
            added=list(added),
            removed=list(removed),
            by=core.actor(by.who, by.actor),
        )

    async def _actors(self, whos: Sequence[Who], users_field: str, bots_field: str) -> list[Actor]:
        """Those who are meant, in this order. Raises `NotDone` if somebody does not exist."""
        found = await self._core.services.library.actors(whos)
        missing = next((who for who in whos if who not in found), None)
        if missing is not None:
            raise NotDone(not_found(missing.kind, users_field if missing.kind == "user" else bots_field))
        return [found[who] for who in whos]

    async def _found_before(self, by: Caller, whos: Sequence[Who], key: str, reply: Reply) -> bool:
        if len(whos) < 2:
            raise NotDone(bad_request("a direct conversation needs somebody else", "members"))
        sister = await self._core.services.library.direct(key)
        if sister is not None:
            self._pass_on(sister, by.actor, reply)
        return sister is not None

    def _pass_on(self, sister: int, by: Actor, reply: Reply) -> None:
        """Let another conversation answer."""
        try:
            self._conversation(sister).tell(Describe(by=Caller(by.kind, by.id, by.name, "user")), reply)
        except Refusal:
            reply.answer(unavailable("the conversation cannot answer now", SISTER_RETRY_MS))
