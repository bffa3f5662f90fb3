"""What sessions need of their neighbours. Actor kinds never import each other, so each neighbour is a protocol here."""

from typing import Protocol

from actors.messages.outcomes import Refused
from actors.ports import Gate
from actors.runtime.ref import Ref
from actors.switchboard import Connected, Outbox
from protocol.frames import Hello, UserView


class Refs(Protocol):
    """The way to any actor; the runtime's `System` and `Context` are both one."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


class Doorkeeper(Protocol):
    """Who may come in; `actors.auth.doorman.Doorman` is it."""

    async def sign_in(self, hello: Hello, address: str, outbox: Outbox, gate: Gate) -> Connected | Refused:
        """Sign in and enter the switchboard, in one step with the last check. See `Doorman.sign_in`."""

    async def confirm(self, session: Connected, password: str | None) -> Refused | None:
        """Whether the session's user may have another password. See `Doorman.confirm`."""

    async def set_password(self, session: Connected, new: str) -> UserView:
        """Give the session's user another password. See `Doorman.set_password`."""
