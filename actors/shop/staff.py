"""Who of a company is in its rooms: all of its staff in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from actors.faults import refusal_for
from actors.messages.conversation import AddMembers, RemoveMembers
from actors.messages.outcomes import Changed, Refused
from actors.order.ports import Admitted
from actors.order.values import Shop
from actors.ports import Accounts, Library
from actors.runtime.errors import RuntimeFault
from actors.spreading import Refs, spread_conversation
from actors.switchboard import Switchboard
from actors.values import Caller, Who


async def invite(admitted: Admitted, library: Library, refs: Refs, switchboard: Switchboard) -> None:
    """Have sessions of the bot and of staff know a room that was just founded."""
    room = await library.conversation(admitted.shopper.conv)
    members = () if room is None else room.members
    # One who listens is enough: the conversation's actor begins with all who came.
    here = next((each.actor for each in members if switchboard.of(each.who)), None)
    if here is not None:
        caller = Caller(here.kind, here.id, here.name, "user" if here.kind == "user" else "bot")
        spread_conversation(refs, switchboard, caller, admitted.shopper.conv)


async def spread(shop: Shop, before: Sequence[str], rooms: Iterable[int], accounts: Accounts, refs: Refs) -> None:
    """Bring the staff of today into these rooms, and put out whoever of `before` is none any more.

    To do it again is harmless. A room that takes nobody now is left as it is, until this is done again.
    """
    bot = Caller("bot", shop.bot, shop.bot_name, "bot")
    present = await _users(shop.company.staff, accounts)
    gone = await _users([name for name in before if name not in shop.company.staff], accounts)
    for conv in rooms:
        if present:
            await _change(refs, conv, AddMembers(by=bot, members=present))
        if gone:
            await _change(refs, conv, RemoveMembers(by=bot, members=gone))


async def _users(names: Iterable[str], accounts: Accounts) -> list[Who]:
    found = [await accounts.by_username(name) for name in names]
    return [each[0].who for each in found if each is not None]


async def _change(refs: Refs, conv: int, message: AddMembers | RemoveMembers) -> Changed | Refused:
    try:
        outcome = await refs.ref("conversation", conv).ask(message)
    except RuntimeFault as fault:
        return refusal_for(fault)
    return outcome if isinstance(outcome, Changed | Refused) else refusal_for(outcome)
