"""What a conversation asks the log to store.

A change is one unit of the writer: it is committed whole or not at all, and in the order in which it was submitted.
`term` names the reign under which the conversation wrote: after a failed commit the writer drops everything else of
that term, because it was built on a `seq` that does not exist.
"""

from msgspec import Struct

from actors.values import Mark
from protocol.frames import AnyEvent, ConversationKind, Members


class Change(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every change."""

    conv: int
    term: int


class Found(Change, frozen=True, kw_only=True):
    """A new conversation with its first event, `seq` 1, which adds all its members.

    `admins` are the indices into `event.added` of those who administer it. `direct_key` is unique: a second direct
    conversation of the same people fails as a conflict.
    """

    kind: ConversationKind
    name: str | None
    epoch: int
    direct_key: str | None
    event: Members
    admins: list[int]


class Hook(Struct, frozen=True):
    """One call of a webhook that a message causes. It waits in the outbox from the commit on, under this `id`.

    `bot` is whoever is called: a bot, or for the kind `heard` the conversation of a subscriber.
    There is none if the bot has no address for calls of this `kind`, or no bridge to the conversation. `person` stands
    in it when a bot is the cause: the `seq` of the last message of a person, or 0. After that, bots cause
    `MAX_BOT_CALLS` calls of a kind at most.
    """

    id: str
    kind: str
    bot: int
    person: int | None = None


MAX_BOT_CALLS = 20
"""So often bots call each other in a conversation until a person speaks: else two of them would go on for ever."""


class Append(Change, frozen=True, kw_only=True):
    """The next event of an existing conversation, with all it means for the tables beside the log."""

    event: AnyEvent
    hooks: list[Hook] | None = None


class SaveMarks(Change, frozen=True, kw_only=True):
    """Read and received markers; they have no `seq`.

    `number` is told back in `Committed.marks` once they are on disk; 0 when nobody waits for that. It only grows.
    """

    marks: list[Mark]
    number: int = 0


AnyChange = Found | Append | SaveMarks
