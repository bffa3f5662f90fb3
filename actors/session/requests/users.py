"""What a user changes about itself."""

from msgspec import UNSET

from actors.messages.outcomes import Refused, UserSaved, bad_request, forbidden
from actors.session.requests.visit import Visit
from actors.spreading import spread_name
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
    spread_name(visit.refs, visit.ports.switchboard, who, caller.name, convs)
