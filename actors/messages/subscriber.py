"""What the actor of a subscriber can be told. Its key is the id of the subscriber's conversation."""

from typing import Literal

from msgspec import Struct

from actors.chatpion.values import Letter, LetterType, Subscriber
from actors.messages.outcomes import Outcome


class Message(Struct, frozen=True, tag=True, tag_field="t", kw_only=True):
    """Common part of every message to a subscriber."""


class Send(Message, frozen=True, kw_only=True):
    """Say something to it. Answer: `LetterSaved`, once it is committed or has failed; `Refused`.

    `file` is an upload of the account's bot. `attachment` without a `file` is a URL to be fetched first. With a
    `broadcast` it is said once, however often this comes: the answer is then the first one's.
    """

    text: str
    type: LetterType = "text"
    attachment: str | None = None
    file: int | None = None
    track_links: bool = False
    personalize: bool = False
    broadcast: int | None = None


class Heard(Message, frozen=True, kw_only=True):
    """Message `message` of its conversation was written by a person. Answer: `Done`, once it is dealt with, durably.

    It may come again: it is dealt with once.
    """

    message: int


class Receive(Message, frozen=True, kw_only=True):
    """It wrote on its platform: have it said in the conversation. Answer: `LetterSaved`. `id` makes it once."""

    id: str
    text: str


class Marked(Message, frozen=True, kw_only=True):
    """A device of a user in the conversation has received, and the user has read, so much of it. No answer."""

    user: int
    received: int
    read: int


class Told(Message, frozen=True, kw_only=True):
    """A connector says what became of a message. Answer: `Done`."""

    letter: int
    state: Literal["delivered", "read", "failed"]
    error: str | None = None


class Attached(Message, frozen=True, kw_only=True):
    """The attachment of message `letter` was fetched, as upload `file` of the account's bot, or will not be. No answer.

    With neither a `file` nor an `error` that is not known, and it is tried again.
    """

    letter: int
    file: int | None = None
    error: str | None = None


class StartFlow(Message, frozen=True, kw_only=True):
    """Begin a flow, which ends the one that runs. Answer: `FlowStarted`, `Refused`."""

    flow: int


class Due(Message, frozen=True, kw_only=True):
    """A time that stands in the agenda has come. No answer: what is done by then takes the row away."""


class Fetched(Message, frozen=True, kw_only=True):
    """The call of a flow's webhook node has an answer, or will have none. Answer: `Done`. `id` is the call's."""

    id: str
    ok: bool
    body: str | None = None


class LetIn(Message, frozen=True, kw_only=True):
    """The persons whom a flow's run wanted are in the conversation. Answer: `Done`."""

    run: str


class Release(Message, frozen=True, kw_only=True):
    """Have the persons leave that a flow brought in, and go on. Answer: `Done`, `Refused`."""


class MembersLeft(Message, frozen=True, kw_only=True):
    """Somebody has left the conversation. No answer."""


class Remove(Message, frozen=True, kw_only=True):
    """Delete the subscriber. Answer: `Done`."""


AnySubscriberMessage = (
    Send
    | Heard
    | Receive
    | Marked
    | Told
    | Attached
    | StartFlow
    | Due
    | Fetched
    | LetIn
    | Release
    | MembersLeft
    | Remove
)


class LetterSaved(Outcome, frozen=True, kw_only=True):
    """A message as it is on disk now."""

    letter: Letter


class FlowStarted(Outcome, frozen=True, kw_only=True):
    """The flow's first texts are committed."""

    flow: int
    running: bool
    started_at: int


class SubscriberSaved(Outcome, frozen=True, kw_only=True):
    """A subscriber as it is on disk now."""

    subscriber: Subscriber
