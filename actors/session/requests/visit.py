"""One request at the desk: who asks, with what, and where the answer goes."""

from typing import NamedTuple

from msgspec import Struct

from actors.faults import refusal_for
from actors.messages.outcomes import Refused
from actors.ports import Accounts, AttachmentStore, Library, Numbers
from actors.runtime.errors import Refusal
from actors.runtime.reply import Reply
from actors.session.ports import Doorkeeper, Refs
from actors.switchboard import Connected, Switchboard
from actors.values import Caller


class DeskPorts(Struct, frozen=True):
    """What all desks share."""

    switchboard: Switchboard
    library: Library
    accounts: Accounts
    attachments: AttachmentStore
    numbers: Numbers
    doorkeeper: Doorkeeper


class Visit(NamedTuple):
    """What a handler may use."""

    refs: Refs
    ports: DeskPorts
    session: Connected
    reply: Reply

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.session.caller

    def hand_on(self, kind: str, key: int, message: object) -> Refused | None:
        """Let another actor answer: its outcome goes the way that the desk's own would go."""
        try:
            self.refs.ref(kind, key).tell(message, self.reply)
        except Refusal as refusal:
            return refusal_for(refusal)
        return None
