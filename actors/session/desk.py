"""The desk: answers what a client asks for that may take its time, one request after the other.

It is an actor of its own beside the session's, with the same key, so that a slow search holds up neither what the
session listens to nor anybody else. It has no state at all.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from actors.faults import refusal_for
from actors.messages.outcomes import forbidden
from actors.messages.session import Frame
from actors.ports import Accounts, AttachmentStore, Library, Numbers, PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import NoSuchActor, RuntimeFault
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.session.ports import Doorkeeper
from actors.session.requests import bots, conversations, publishing, reading, users
from actors.session.requests.visit import DeskPorts, Visit
from actors.switchboard import Connected, Switchboard
from protocol import frames

IDLE_S: Final = 5.0
MAX_WAITING: Final = 128
"""Requests of one session that wait; what comes beyond is `busy`. Enough for a client that sends a hundred at once."""

HANDLERS: Final[dict[type, Callable[[Visit, Any], Awaitable[object]]]] = {
    frames.Publish: publishing.publish,
    frames.History: reading.history,
    frames.Search: reading.search,
    frames.ListConversations: reading.conversations,
    frames.FindConversations: reading.find_conversations,
    frames.SearchUsers: reading.search_users,
    frames.ListBots: reading.list_bots,
    frames.CreateConversation: conversations.create,
    frames.UpdateConversation: conversations.update,
    frames.JoinConversation: conversations.join,
    frames.LeaveConversation: conversations.leave,
    frames.AddMembers: conversations.add_members,
    frames.RemoveMembers: conversations.remove_members,
    frames.CreateBot: bots.create,
    frames.UpdateBot: bots.update,
    frames.DeleteBot: bots.delete,
    frames.RotateBot: bots.rotate,
    frames.AckCommand: bots.acknowledge,
    frames.UpdateUser: users.update,
}

GUESTS: Final = frozenset({frames.Publish, frames.History, frames.Search, frames.ListConversations})
"""What guests may ask for: what shows and changes the one conversation that they are in. The rest is for users."""


def desk_kind(
    *,
    switchboard: Switchboard,
    library: Library,
    accounts: Accounts,
    attachments: AttachmentStore,
    numbers: Numbers,
    doorkeeper: Doorkeeper,
    mailbox_limit: int = MAX_WAITING,
) -> Kind[Frame]:
    """The kind "desk". Its key is the session's id."""
    ports = DeskPorts(switchboard, library, accounts, attachments, numbers, doorkeeper)

    def factory(context: Context) -> Desk:
        session = switchboard.sessions.get(str(context.address.key))
        if session is None:
            raise NoSuchActor(context.address)
        return Desk(context, session, ports)

    return Kind(name="desk", factory=factory, messages=Frame, mailbox_limit=mailbox_limit, idle_after_s=IDLE_S)


class Desk(Actor[Frame]):
    """Answers with frames, or hands the request and its reply on to the actor that it concerns."""

    __slots__ = ("_context", "_ports", "_session")

    def __init__(self, context: Context, session: Connected, ports: DeskPorts) -> None:
        self._context = context
        self._session = session
        self._ports = ports

    async def receive(self, message: Frame, reply: Reply) -> None:
        """Handle one request."""
        visit = Visit(self._context, self._ports, self._session, reply)
        outcome: object
        try:
            outcome = await _handled(visit, message.frame)
        except (PortError, RuntimeFault) as fault:
            outcome = refusal_for(fault)
        if outcome is not None:
            reply.answer(outcome)


async def _handled(visit: Visit, request: frames.AnyRequest) -> object:
    if visit.caller.is_guest and type(request) not in GUESTS:
        return forbidden("guests have their one conversation")
    return await HANDLERS[type(request)](visit, request)
