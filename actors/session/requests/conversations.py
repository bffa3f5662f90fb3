"""Founding conversations, and who is in them. The conversation itself knows who may, and who exists."""

from typing import Final

from actors.messages import conversation as to
from actors.messages.outcomes import Described, Refused, bad_request
from actors.session.gather import ASK_S, summaries
from actors.session.requests.visit import Visit
from actors.values import Who
from protocol.frames import (
    AddMembers,
    CreateConversation,
    JoinConversation,
    LeaveConversation,
    Ok,
    RemoveMembers,
    UpdateConversation,
)

NOBODY: Final = bad_request("name somebody in `users` or `bots`", "users")


async def create(visit: Visit, request: CreateConversation) -> object:
    """Found one. A `direct` one that is found again comes with its unread counts."""
    members = named(request.members, request.bots)
    found = to.Found(by=visit.caller, kind=request.kind, name=request.name, members=members)
    conv = visit.ports.numbers.conversation()
    outcome = await visit.refs.ref("conversation", conv).ask(found, timeout_s=ASK_S)
    if not isinstance(outcome, Described):
        return outcome
    described = {outcome.summary.id: outcome}
    shown = await summaries(visit.refs, visit.ports.library, visit.caller.who, described)
    return Ok(ref=request.ref, conversation=shown[0])


async def update(visit: Visit, request: UpdateConversation) -> Refused | None:
    """Rename it."""
    return visit.hand_on("conversation", request.conv, to.Rename(by=visit.caller, name=request.name))


async def join(visit: Visit, request: JoinConversation) -> Refused | None:
    """Become a member."""
    return visit.hand_on("conversation", request.conv, to.Join(by=visit.caller))


async def leave(visit: Visit, request: LeaveConversation) -> Refused | None:
    """Stop being one."""
    return visit.hand_on("conversation", request.conv, to.Leave(by=visit.caller))


async def add_members(visit: Visit, request: AddMembers) -> Refused | None:
    """Let others in."""
    members = named(request.users, request.bots)
    if not members:
        return NOBODY
    return visit.hand_on("conversation", request.conv, to.AddMembers(by=visit.caller, members=members))


async def remove_members(visit: Visit, request: RemoveMembers) -> Refused | None:
    """Put others out."""
    members = named(request.users, request.bots)
    if not members:
        return NOBODY
    return visit.hand_on("conversation", request.conv, to.RemoveMembers(by=visit.caller, members=members))


def named(users: list[int], bots: list[int]) -> list[Who]:
    """Whom a request names, each once."""
    return list(dict.fromkeys([Who("user", user) for user in users] + [Who("bot", bot) for bot in bots]))
