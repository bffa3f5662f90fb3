"""Pages: which one is asked for, and what is answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from http_edge.dialects.chatpion.errors import bad_input
from http_edge.dialects.chatpion.fields import Fields

LIMIT: Final = 10
MOST: Final = 100
PAGES: Final = 10**12
"""There is no page beyond: an offset must stay a number that databases know."""


class Paging(Struct, frozen=True):
    """Which page, of how many: for queries to be described with."""

    page: int | None = None
    limit: int | None = None


class Page(NamedTuple):
    """Page `page`, from 1, of `limit` items each."""

    page: int = 1
    limit: int = LIMIT

    def of(self, name: str, total: int, items: Sequence[Any]) -> dict[str, Any]:
        """The page as it is answered."""
        return {"total": total, "page": self.page, "limit": self.limit, name: items}


def page_in(args: Fields) -> Page:
    """Return which page is asked for. Raises `Failed`, 400."""
    page, limit = args.whole("page"), args.whole("limit")
    if page is not None and not 1 <= page <= PAGES:
        raise bad_input("page must be a whole number, 1 or more")
    if limit is not None and not 1 <= limit <= MOST:
        raise bad_input(f"limit must be a whole number from 1 to {MOST}")
    return Page(page or 1, limit or LIMIT)
