"""Bridges as people set them, and what has to be done so that they lead somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from actors.bridging import TO_ROOM, Bridge, ThreadType
from actors.messages.conversation import AddMembers
from actors.messages.outcomes import Changed
from actors.messages.webhook import Wake
from actors.ports import Addresses, Library
from actors.values import Lane, Who
from http_edge.dialects.botmanager.errors import bad_input, denied, expected, failed, missing
from http_edge.dialects.botmanager.reading import convert
from http_edge.dialects.botmanager.routes import Call
from http_edge.gateway import Gateway

BRIDGE: Final = "bridge"
"""The key of the settings that bridges stand under."""
MAX_BRIDGES: Final = 100
MAX_ID: Final = 2**63 - 1


class Wanted(Struct, frozen=True):
    """A bridge as it is asked for."""

    conversation: int | str
    thread_id: Annotated[str, Meta(min_length=1, max_length=256)]
    thread_type: ThreadType

    def bridge(self) -> Bridge:
        """It as it is kept; an id that is none is that of no conversation."""
        text = str(self.conversation)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
        conversation = number if number <= MAX_ID else 0
        return Bridge(conversation=conversation, thread_id=self.thread_id, thread_type=self.thread_type)


class Bridging:
    """Looks at bridges that are asked for, and wakes what goes over them. It has no state."""

    def __init__(self, library: Library, addresses: Addresses, gateway: Gateway) -> None:
        self._library = library
        self._addresses = addresses
        self._gateway = gateway

    async def wanted(self, call: Call, value: Any) -> Sequence[Bridge]:
        """The bridges that a setting asks for, none for null. Raises `Failed`.

        400 for what is none, or leads twice to one end; 403 for a conversation that the caller is not in, 404 for one
        that is not there when an administrator asks.
        """
        bridges = [each.bridge() for each in convert(value or [], list[Wanted])]
        if len(bridges) > MAX_BRIDGES:
            raise bad_input(f"{MAX_BRIDGES} bridges at most")
        await self._check_conversations(call, bridges)
        for ends in ({each.conversation for each in bridges}, {each.thread for each in bridges}):
            if len(ends) < len(bridges):
                raise bad_input("A conversation or a thread stands in two bridges")
        return bridges

    async def let_in(self, call: Call, bridges: Sequence[Bridge]) -> None:
        """Make the bot a member wherever it is not, durably. Raises `Failed`; doing it again is harmless."""
        who = Who("bot", call.bot.id)
        known = set(expected(await self._gateway.read(self._library.memberships(who))))
        # Whoever is in a conversation may bridge it, and so add this one member, though only its administrators add
        # others to a closed one.
        by = replace(call.identity.caller, role="admin")
        for conv in (each.conversation for each in bridges if each.conversation not in known):
            outcome = await self._gateway.ask("conversation", conv, AddMembers(by=by, members=[who]))
            if not isinstance(outcome, Changed):
                raise failed(outcome)

    def told(self, bot: int) -> None:
        """Have what the bot told of threads said in conversations. It waits on disk: nobody has to hear this."""
        lane = Lane(TO_ROOM, bot)
        if self._addresses.lead(lane):
            self._gateway.tell("webhook", lane.key, Wake())

    async def _check_conversations(self, call: Call, bridges: Sequence[Bridge]) -> None:
        caller = call.identity.caller
        own = set(expected(await self._gateway.read(self._library.memberships(caller.who)))) if bridges else set()
        for conv in (each.conversation for each in bridges if each.conversation not in own):
            if not caller.rules_hub:
                raise denied()
            if expected(await self._gateway.read(self._library.conversation(conv))) is None:
                raise missing("Conversation")
