"""What the actor of a customer's order can be told. Its key is the id of the customer's conversation."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from actors.messages.outcomes import Outcome
from actors.order.facts import Seen
from actors.order.values import Answer, Said


class Message(Struct, frozen=True, tag=True, tag_field="t", kw_only=True):
    """Common part of every message to an order."""


class Handle(Message, frozen=True, kw_only=True):
    """Deal with what the customer said. Answer: `Answered`, once all of it is on disk; `Refused`.

    `seen` is what recognisers made of the images. `said.id` and `said.key` make it the same message, which is dealt
    with once.
    """

    said: Said
    seen: tuple[Seen, ...] = ()


class Busy(Message, frozen=True, kw_only=True):
    """The customer's message is here, and its answer will take a moment: the bot types. No answer."""

    on: bool = True


class StaffWrote(Message, frozen=True, kw_only=True):
    """Somebody wrote message `message` in the room. Answer: `Done`, once it is dealt with, durably.

    It may come again: it is dealt with once.
    """

    message: int


class HandBack(Message, frozen=True, kw_only=True):
    """The person who has the room hands it back. Answer: `Done`."""


class Resolve(Message, frozen=True, kw_only=True):
    """Settle the intervention `intervention`. Answer: `Answered`; `conflict` when it is settled already.

    To accept a payment without an `amount` is to accept what was received, or what is required.
    """

    intervention: int
    action: Literal["accept", "reject"]
    amount: int | None = None
    note: str | None = None


class Clear(Message, frozen=True, kw_only=True):
    """Empty the order, settle what is open, and hand back. Answer: `Done`."""


class CancelCompleted(Message, frozen=True, kw_only=True):
    """Cancel the order that was completed last. Answer: `Done`, `not_found` when none is shown."""


class Resume(Message, frozen=True, kw_only=True):
    """Say what an earlier run of the hub left unsaid. No answer."""


AnyOrderMessage = Handle | Busy | StaffWrote | HandBack | Resolve | Clear | CancelCompleted | Resume


class Answered(Outcome, frozen=True, kw_only=True):
    """What became of a message, as it is on disk."""

    answer: Answer
