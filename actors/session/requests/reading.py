"""History, search, and lists."""

from actors.messages import conversation as to
from actors.messages.outcomes import Described, Refused, forbidden, not_found
from actors.ports import Page
from actors.session.gather import ASK_S, gather, summaries
from actors.session.requests.visit import Visit
from actors.values import ConversationRecord
from protocol.frames import (
    FindConversations,
    History,
    ListBots,
    ListConversations,
    Ok,
    Search,
    SearchUsers,
    Summary,
)


async def history(visit: Visit, request: History) -> Ok | Refused:
    """A page of one conversation."""
    page = await visit.ports.library.history(
        visit.caller.who, request.conv, before=request.before, after=request.after, limit=request.limit
    )
    return _page(request.ref, page)


async def search(visit: Visit, request: Search) -> Ok | Refused:
    """A page of matches."""
    page = await visit.ports.library.search(
        visit.caller.who, request.q, conv=request.conv, before=request.before, limit=request.limit
    )
    return _page(request.ref, page)


def _page(ref: int, page: Page | None) -> Ok | Refused:
    if page is None:
        return not_found("conversation", "conv")
    return Ok(ref=ref, messages=page.messages, more=page.more)


async def conversations(visit: Visit, request: ListConversations) -> Ok:
    """The caller's conversations, as in `welcome`. One that is out of order is left out."""

    async def describe(conv: int) -> object:
        return await visit.refs.ref("conversation", conv).ask(to.Describe(by=visit.caller), timeout_s=ASK_S)

    who = visit.caller.who
    outcomes = await gather(await visit.ports.library.memberships(who), describe)
    described = {conv: outcome for conv, outcome in outcomes.items() if isinstance(outcome, Described)}
    shown = await summaries(visit.refs, visit.ports.library, who, described)
    return Ok(ref=request.ref, conversations=shown)


async def find_conversations(visit: Visit, request: FindConversations) -> Ok | Refused:
    """Open conversations by name. Only users may: nobody but its members lets a bot in."""
    if visit.caller.kind == "bot":
        return forbidden("bots are let into conversations, they do not look for them")
    found = await visit.ports.library.open_conversations(request.q, request.limit)
    return Ok(ref=request.ref, conversations=[_summary(record) for record in found])


async def search_users(visit: Visit, request: SearchUsers) -> Ok:
    """Users by name."""
    return Ok(ref=request.ref, users=await visit.ports.library.users(request.q, request.limit))


async def list_bots(visit: Visit, request: ListBots) -> Ok | Refused:
    """The caller's bots; for an administrator of the hub, all."""
    if visit.caller.kind == "bot":
        return forbidden("bots own no bots")
    owner = None if visit.caller.rules_hub else visit.caller.id
    return Ok(ref=request.ref, bots=await visit.ports.accounts.bots(owner))


def _summary(record: ConversationRecord) -> Summary:
    """As somebody sees it who has not read any of it."""
    return Summary(
        id=record.id,
        kind=record.kind,
        name=record.name,
        epoch=record.epoch,
        seq=record.head,
        read=0,
        unread=0,
        mentions=0,
    )
