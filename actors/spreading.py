"""A new name comes to all who show it."""

from collections.abc import Iterable
from typing import Protocol

from msgspec.structs import replace

from actors.messages.conversation import Renamed
from actors.runtime.errors import Refusal
from actors.runtime.ref import Ref
from actors.switchboard import Switchboard
from actors.values import Who


class Refs(Protocol):
    """The way to any actor."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


def spread_name(refs: Refs, switchboard: Switchboard, who: Who, name: str, convs: Iterable[int]) -> None:
    """Tell the name to the sessions of the user or bot, and to these conversations, which are all that it is in."""
    for session in switchboard.of(who):
        session.caller = replace(session.caller, name=name)
    for conv in convs:
        try:
            refs.ref("conversation", conv).tell(Renamed(who=who, name=name), urgent=True)
        except Refusal:
            continue  # it reads the name when it is back
