"""The messages that were changed last: who wrote them and what is on them, as of the log's `head`."""

from collections.abc import Iterable

from actors.conversation.state import identity
from actors.values import MessageRecord, Who
from protocol.frames import AnyEvent, Deleted, Reacted


class KnownMessage:
    """What must be known of a message to change it."""

    __slots__ = ("author", "deleted", "reactions")

    def __init__(self, author: Who, deleted: bool, reactions: set[tuple[Who, str]]) -> None:
        self.author = author
        self.deleted = deleted
        self.reactions = reactions

    def apply(self, event: AnyEvent) -> None:
        """Take in a change; one that was taken in before changes nothing."""
        if isinstance(event, Deleted):
            self.deleted = True
        elif isinstance(event, Reacted):
            entry = (identity(event.by), event.emoji)
            if event.on:
                self.reactions.add(entry)
            else:
                self.reactions.discard(entry)


class Known:
    """A bounded cache; what is not in it is asked of the database."""

    __slots__ = ("_limit", "_messages")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._messages: dict[int, KnownMessage] = {}

    def get(self, message_id: int) -> KnownMessage | None:
        """The message, if it is known here."""
        return self._messages.get(message_id)

    def learn(self, record: MessageRecord, changes: Iterable[AnyEvent]) -> KnownMessage:
        """Remember a message as the database has it, plus the changes that are on their way."""
        message = record.message
        known = KnownMessage(identity(message.sender), message.deleted, set(record.reactions))
        for event in changes:
            known.apply(event)
        self._messages[message.id] = known
        if len(self._messages) > self._limit:
            del self._messages[next(iter(self._messages))]
        return known

    def apply(self, event: AnyEvent) -> None:
        """Take in an event that was handed to the log."""
        if isinstance(event, Deleted | Reacted):
            known = self._messages.get(event.id)
            if known is not None:
                known.apply(event)

    def clear(self) -> None:
        """Forget everything: some of it may not have come true."""
        self._messages.clear()
