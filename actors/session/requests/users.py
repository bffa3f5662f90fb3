"""What a user changes about itself."""

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from actors.messages.conversation import Renamed
from actors.messages.outcomes import Refused, UserSaved, bad_request, forbidden
from actors.runtime.errors import Refusal
from actors.session.requests.visit import Visit
from protocol.frames import UpdateUser


async def update(visit: Visit, request: UpdateUser) -> UserSaved | Refused:
    """Change name or password. The password first: where it is refused, nothing is changed at all."""
    if visit.caller.kind == "bot":
        return forbidden("a bot is changed by its owner, with bot.update")
    if request.name is UNSET and request.password is UNSET:
        return bad_request("nothing to change is given", "name")
    if request.password is not UNSET:
        old = None if request.old_password is UNSET else request.old_password
        outcome = await visit.ports.doorkeeper.change_password(visit.session, old, request.password)
        if isinstance(outcome, Refused):
            return outcome
    return await _rename(visit, request.name)


async def _rename(visit: Visit, name: str | UnsetType) -> UserSaved:
    """Store the name, then tell it to all who show it. Without a new one: the user as it is."""
    user = await visit.ports.accounts.rename_user(visit.caller.id, visit.caller.name if name is UNSET else name)
    if name is not UNSET:
        await _spread(visit)
    return UserSaved(user=user)


async def _spread(visit: Visit) -> None:
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
