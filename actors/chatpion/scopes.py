"""What an API key may do. Pure.

Reading and writing are apart: who may write may not therefore read.
"""

from collections.abc import Iterable
from typing import Final, Literal

Access = Literal["read", "write"]

EVERYTHING: Final = "*"
BOTH: Final = ("social_accounts", "subscribers", "messages", "broadcasts", "flows", "webhooks")
READ_ONLY: Final = ("account", "analytics")
SCOPES: Final = (
    EVERYTHING,
    *(f"{noun}:read" for noun in READ_ONLY),
    *(f"{noun}:{access}" for noun in BOTH for access in ("read", "write")),
)
"""Every scope there is."""


class UnknownScope(ValueError):
    """There is no such scope; `place` is where it stands in the list."""

    def __init__(self, scope: str, place: int) -> None:
        super().__init__(f"there is no scope {scope!r}")
        self.scope = scope
        self.place = place


def checked(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes, each once, in their order. Raises `UnknownScope`."""
    found = tuple(dict.fromkeys(scopes))
    for place, scope in enumerate(found):
        if scope not in SCOPES:
            raise UnknownScope(scope, place)
    return found


def allow(scopes: Iterable[str], noun: str, access: Access) -> bool:
    """Whether a key with these scopes may read or write such things."""
    return bool({EVERYTHING, f"{noun}:{access}"} & set(scopes))
