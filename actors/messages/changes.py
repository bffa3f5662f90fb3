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


class Append(Change, frozen=True, kw_only=True):
    """The next event of an existing conversation, with all it means for the tables beside the log."""

    event: AnyEvent


class SaveMarks(Change, frozen=True, kw_only=True):
    """Read and received markers; nobody waits for them and they have no `seq`."""

    marks: list[Mark]


AnyChange = Found | Append | SaveMarks
