"""What happened past an actor comes to all who show it: a new name, a new conversation."""

from collections.abc import Iterable
from typing import Protocol

from msgspec.structs import replace

from actors.messages.conversation import Describe, Renamed
from actors.runtime.errors import Refusal
from actors.runtime.ref import Ref
from actors.switchboard import Switchboard
from actors.values import Caller, Who


class Refs(Protocol):
    """The way to any actor."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


def spread_name(refs: Refs, switchboard: Switchboard, who: Who, name: str, convs: Iterable[int]) -> None:
    """Tell the name to the sessions of the user or bot, and to these conversations, which are all that it is in."""
    for session in switchboard.of(who):
        session.caller = replace(session.caller, name=name)
    for conv in convs:
        try:
            refs.ref("conversation", conv).tell(Renamed(who=who, name=name), urgent=True)
        except Refusal:
            continue  # it reads the name when it is back


def spread_conversation(refs: Refs, switchboard: Switchboard, member: Caller, conv: int) -> None:
    """Invite the sessions of a member to a conversation that was founded in the database, past its actor.

    Call it once, right after the commit, before anybody else can know the conversation.
    """
    if not switchboard.of(member.who):
        return
    room = switchboard.room(conv)
    if room.flushed < 0:
        room.flushed = 0  # the actor begins by showing what is committed behind that, and invites who came with it
    try:
        refs.ref("conversation", conv).tell(Describe(by=member))
    except Refusal:
        switchboard.discard(conv)  # they find it when they come back
