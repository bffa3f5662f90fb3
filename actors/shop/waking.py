"""What an earlier run of the hub left to be said in rooms of customers."""

from __future__ import annotations

from typing import Final

import trio

from actors.messages.order import Resume
from actors.order.ports import Books
from actors.ports import StoreUnavailable
from actors.runtime.errors import Refusal
from actors.spreading import Refs

PAGE: Final = 500
PAUSE_S: Final = 0.1
"""Between pages, so that a start with very many of them does not hold up those who come."""


async def wake_unsaid(books: Books, refs: Refs) -> None:
    """Have every customer be told what is still to be said. Returns once all are woken."""
    after = -1
    while page := await _page(books, after):
        for conv in page:
            _tell(refs, conv)
        after = page[-1]
        await trio.sleep(PAUSE_S)


async def _page(books: Books, after: int) -> list[int]:
    while True:
        try:
            return await books.unfinished(after, PAGE)
        except StoreUnavailable as error:
            await trio.sleep(error.retry_ms / 1_000)


def _tell(refs: Refs, conv: int) -> None:
    try:
        refs.ref("order", conv).tell(Resume())
    except Refusal:
        return  # the hub is about to end
