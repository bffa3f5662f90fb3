"""Lists that come in pages."""

from typing import Any, NamedTuple

from protocol.chatpion.errors import BadAnswer


class Page(NamedTuple):
    """What one page holds, and whether another one follows."""

    items: list[dict[str, Any]]
    more: bool


def read_page(data: Any, key: str) -> Page:
    """Return the page that `data` is, its items being under `key`. Raises BadAnswer if it is none."""
    try:
        items, more = data[key], data["page"] * data["limit"] < data["total"]
    except (KeyError, TypeError):
        items = None
    if not isinstance(items, list):
        raise BadAnswer(f"the answer is no page of {key}")
    # An empty page is the last one, whatever `total` says: things are deleted while pages are read.
    return Page(items, more and bool(items))
