"""What an earlier run of the hub left: messages to be said, and marks that were not told of."""

from __future__ import annotations

from typing import Final, Protocol

import trio

from actors.chatpion.ports import Letters, Unfinished
from actors.messages.subscriber import Marked
from actors.ports import StoreUnavailable
from actors.runtime.errors import Refusal
from actors.runtime.ref import Ref

PAGE: Final = 500
PAUSE_S: Final = 0.1
"""Between pages, so that a start with very many of them does not hold up those who come."""


class Refs(Protocol):
    """The way to any actor; the runtime's `System` is it."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


async def wake_unfinished(letters: Letters, refs: Refs) -> None:
    """Have every subscriber go on where it was. Returns once all are told."""
    after = -1
    while page := await _page(letters, after):
        for each in page:
            _tell(refs, each)
        after = page[-1].conv
        await trio.sleep(PAUSE_S)


async def _page(letters: Letters, after: int) -> list[Unfinished]:
    while True:
        try:
            return await letters.unfinished(after, PAGE)
        except StoreUnavailable as error:
            await trio.sleep(error.retry_ms / 1_000)


def _tell(refs: Refs, each: Unfinished) -> None:
    try:
        refs.ref("subscriber", each.conv).tell(Marked(user=each.user, received=each.received, read=each.read))
    except Refusal:
        return  # the hub is about to end
