"""Ask many conversations for their summary, a bounded number at a time, and look up the unread counts together."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import trio
from msgspec import UNSET
from msgspec.structs import replace

from actors.messages.conversation import Counted
from actors.messages.outcomes import Described
from actors.ports import Library
from actors.runtime.errors import Refusal, RuntimeFault
from actors.session.ports import Refs
from actors.values import Counts, Who
from protocol.frames import Summary

ASK_S: Final = 10.0
AT_ONCE: Final = 16
MEMBERS_SHOWN: Final = 5_000
"""Entries of `members` in one answer, about 200 KB: an answer must fit into an outbox."""


async def gather(convs: Iterable[int], ask: Callable[[int], Awaitable[object]]) -> dict[int, object]:
    """The outcome of each ask, or the `RuntimeFault` that it raised, by conversation in the order given."""
    order = list(convs)
    outcomes: dict[int, object] = {}
    waiting = iter(order)

    async def work() -> None:
        for conv in waiting:
            try:
                outcomes[conv] = await ask(conv)
            except RuntimeFault as fault:
                outcomes[conv] = fault

    async with trio.open_nursery() as nursery:
        for _ in range(min(AT_ONCE, len(order))):
            nursery.start_soon(work)
    return {conv: outcomes[conv] for conv in order}


async def summaries(refs: Refs, library: Library, who: Who, described: Mapping[int, Described]) -> list[Summary]:
    """The summaries with their counts. What was not counted yet is looked up once, and told to its conversation.

    Raises `PortError`.
    """
    uncounted = [d.summary for d in described.values() if not d.counted]
    counts: dict[int, Counts] = {}
    if uncounted:
        counts = await library.counts(who, [(summary.id, summary.read, summary.seq) for summary in uncounted])
    for conv, found in counts.items():
        _remember(refs, conv, Counted(who=who, count_mark=described[conv].count_mark, counts=found))
    return fitting([with_counts(d.summary, counts.get(conv)) for conv, d in described.items()])


def with_counts(summary: Summary, counts: Counts | None) -> Summary:
    """The summary with what was counted."""
    if counts is None:
        return summary
    return replace(summary, unread=counts.unread, mentions=counts.mentions)


def fitting(all_of_them: list[Summary]) -> list[Summary]:
    """The summaries, those behind the first `MEMBERS_SHOWN` members without `members`: clients page for them."""
    shown = 0
    result = []
    for summary in all_of_them:
        if summary.members is not UNSET:
            shown += len(summary.members)
        result.append(summary if shown <= MEMBERS_SHOWN else replace(summary, members=UNSET))
    return result


def _remember(refs: Refs, conv: int, counted: Counted) -> None:
    try:
        refs.ref("conversation", conv).tell(counted)
    except Refusal:
        return  # it will be asked to count again; that is all
