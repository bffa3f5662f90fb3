"""What sessions need of their neighbours. Actor kinds never import each other, so each neighbour is a protocol here."""

from typing import Protocol

from actors.messages.outcomes import Done, Refused
from actors.ports import Gate
from actors.runtime.ref import Ref
from actors.switchboard import Connected, Outbox
from protocol.frames import Hello


class Refs(Protocol):
    """The way to any actor; the runtime's `System` and `Context` are both one."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


class Doorkeeper(Protocol):
    """Who may come in; `actors.auth.doorman.Doorman` is it."""

    async def sign_in(self, hello: Hello, address: str, outbox: Outbox, gate: Gate) -> Connected | Refused:
        """Sign in and enter the switchboard, in one step with the last check. See `Doorman.sign_in`."""

    async def change_password(self, session: Connected, old: str | None, new: str) -> Done | Refused:
        """Give the session's user another password. See `Doorman.change_password`."""
