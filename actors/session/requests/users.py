"""What a user changes about itself."""

from msgspec import UNSET
from msgspec.structs import replace

from actors.messages.conversation import Renamed
from actors.messages.outcomes import Refused, UserSaved, bad_request, forbidden
from actors.runtime.errors import Refusal
from actors.session.requests.visit import Visit
from protocol.frames import UpdateUser


async def update(visit: Visit, request: UpdateUser) -> UserSaved | Refused:
    """Change name or password. What is refused is refused before anything is changed.

    The password comes last: if one of the two cannot be stored, the same request with the same old password does it.
    """
    if visit.caller.kind == "bot":
        return forbidden("a bot is changed by its owner, with bot.update")
    refused = await _refusal(visit, request)
    if refused is not None:
        return refused
    if request.name is not UNSET:
        user = await visit.ports.accounts.rename_user(visit.caller.id, request.name)
        await _spread(visit)
    if request.password is not UNSET:
        user = await visit.ports.doorkeeper.set_password(visit.session, request.password)
    return UserSaved(user=user)


async def _refusal(visit: Visit, request: UpdateUser) -> Refused | None:
    if request.password is not UNSET:
        old = None if request.old_password is UNSET else request.old_password
        return await visit.ports.doorkeeper.confirm(visit.session, old)
    if request.name is UNSET:
        return bad_request("nothing to change is given", "name")
    return None


async def _spread(visit: Visit) -> None:
    """Tell the name to all who show it."""
    who = visit.caller.who
    convs = await visit.ports.library.memberships(who)
    # Read last, and what is stored now: of two renames at once every place shows the later one.
    caller = await visit.ports.accounts.caller(who)
    if caller is None:
        return
    for session in visit.ports.switchboard.of(who):
        session.caller = replace(session.caller, name=caller.name)
    for conv in convs:
        try:
            visit.refs.ref("conversation", conv).tell(Renamed(who=who, name=caller.name), urgent=True)
        except Refusal:
            continue  # it reads the name when it is back
