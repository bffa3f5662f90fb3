"""What was handed to the log and is not on disk yet, in the order of its `seq`, with those who wait for it."""

from collections import deque
from collections.abc import Iterator

from actors.messages.changes import Hook
from actors.messages.outcomes import AnyOutcome, Changed, Published, Refused
from actors.runtime.reply import Reply
from actors.values import CidKey, Posted
from protocol.frames import AnyEvent, Edited, Message

EVENT_BYTES = 256
"""What an event weighs beside its texts."""

FILE_BYTES = 1_024
"""What it weighs for each file that it carries: a name may be long, and stands in the URL too."""


class Entry:
    """One event on its way. `since` is when it was handed to the log, in seconds of trio's clock.

    A message has a `key`, perhaps `hooks`, and two times more: when it `came` to the door, and when this conversation
    `began` with it.
    """

    __slots__ = ("began", "came", "event", "followers", "hooks", "key", "repeats", "reply", "since")

    def __init__(
        self, event: AnyEvent, reply: Reply, since: float, key: CidKey | None = None, hooks: list[Hook] | None = None
    ) -> None:
        self.event = event
        self.reply = reply
        self.key = key
        self.since = self.began = self.came = since
        self.hooks = hooks
        self.repeats: list[Reply] | None = None
        self.followers: list[Reply] | None = None

    def repeat(self, reply: Reply) -> None:
        """The same message was published again: it gets the same answer, as a duplicate."""
        if self.repeats is None:
            self.repeats = []
        self.repeats.append(reply)

    def follow(self, reply: Reply) -> None:
        """A change that changed nothing is done once this event is on disk."""
        if self.followers is None:
            self.followers = []
        self.followers.append(reply)

    def done(self, outcome: AnyOutcome) -> None:
        """The event is on disk: answer whoever waits for it."""
        self.reply.answer(outcome)
        if self.repeats is not None and isinstance(self.event, Message):
            self._answer_repeats(posted(self.event))
        if self.followers is not None:
            for reply in self.followers:
                reply.answer(Changed(seq=self.event.seq))

    def found_again(self, at: Posted) -> list[Reply]:
        """The message was on disk before this entry: answer so. Returns the followers, who need another one."""
        self.reply.answer(duplicate(self.event.conv, at))
        self._answer_repeats(at)
        return self.followers or []

    def refuse(self, refusal: Refused) -> None:
        """The event will not be on disk."""
        for reply in (self.reply, *(self.repeats or ()), *(self.followers or ())):
            reply.answer(refusal)

    def _answer_repeats(self, at: Posted) -> None:
        for reply in self.repeats or ():
            reply.answer(duplicate(self.event.conv, at))


class Pending:
    """A queue with a bound: what would go over it is to be refused with `busy`."""

    __slots__ = ("_by_key", "_bytes", "_bytes_limit", "_entries", "_rows_limit")

    def __init__(self, rows_limit: int, bytes_limit: int) -> None:
        self._entries: deque[Entry] = deque()
        self._by_key: dict[CidKey, Entry] = {}
        self._bytes = 0
        self._rows_limit = rows_limit
        self._bytes_limit = bytes_limit

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def full(self) -> bool:
        """Whether nothing more may be added."""
        return len(self._entries) >= self._rows_limit or self._bytes >= self._bytes_limit

    @property
    def last(self) -> Entry | None:
        """The entry with the highest `seq`."""
        return self._entries[-1] if self._entries else None

    def publishing(self, key: CidKey) -> Entry | None:
        """The message with this `cid` that is on its way."""
        return self._by_key.get(key)

    def about(self, message_id: int) -> list[AnyEvent]:
        """The changes of a message that are on their way, in order."""
        return [entry.event for entry in self._entries if getattr(entry.event, "id", None) == message_id]

    def add(self, entry: Entry) -> None:
        """Put the next event at the end."""
        self._entries.append(entry)
        self._bytes += weight(entry.event)
        if entry.key is not None:
            self._by_key[entry.key] = entry

    def take_through(self, seq: int) -> list[Entry]:
        """Take out everything up to `seq`, in order."""
        taken = []
        entries = self._entries
        while entries and entries[0].event.seq <= seq:
            entry = entries.popleft()
            self._bytes -= weight(entry.event)
            if entry.key is not None:
                del self._by_key[entry.key]
            taken.append(entry)
        return taken

    def take_all(self) -> list[Entry]:
        """Take out everything, in order."""
        taken = list(self._entries)
        self._entries.clear()
        self._by_key.clear()
        self._bytes = 0
        return taken


def weight(event: AnyEvent) -> int:
    """About how many bytes an event takes."""
    if not isinstance(event, Message | Edited):
        return EVENT_BYTES
    texts = EVENT_BYTES + len(event.body) + (len(event.html) if event.html else 0)
    if isinstance(event, Message) and event.attachments:
        texts += FILE_BYTES * len(event.attachments)
    return texts


def posted(message: Message) -> Posted:
    """Where a message stands."""
    return Posted(message.seq, message.id, message.at)


def duplicate(conv: int, at: Posted) -> Published:
    """The answer to a message that was said before."""
    return Published(conv=conv, seq=at.seq, id=at.id, at=at.at, dup=True)
