"""What one commit takes, and what its end means for those who wait. Pure: no clock, thread or database.

Admission   trio side: bounds what is under way, and knows which conversations have something under way
Cutter      writer side: takes the next batch from the queue and leaves out what was built on a failed commit
Group       one conversation's part of a batch under one term: stored whole or not at all
"""

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from actors.messages.changes import AnyChange, Append, Found, SaveMarks
from actors.messages.conversation import CommitFailed, Committed
from actors.values import Who
from protocol.frames import Members, Message


class Fate(Enum):
    """What became of a group."""

    STORED = "stored"
    CONFLICT = "conflict"
    """A row of it was there already."""
    REJECTED = "rejected"
    """The storage could not take it; nothing is wrong with it as far as is known."""


@dataclass(slots=True)
class Group:
    """The changes of one conversation and term in one batch, in order."""

    conv: int
    term: int
    changes: list[AnyChange]

    @property
    def through(self) -> int | None:
        """The last `seq` in it; None when it holds markers only."""
        seqs = [change.event.seq for change in self.changes if not isinstance(change, SaveMarks)]
        return seqs[-1] if seqs else None

    @property
    def marks(self) -> int:
        """The last number of markers that somebody waits for; 0 for none."""
        return max((change.number for change in self.changes if isinstance(change, SaveMarks)), default=0)


class Batch(NamedTuple):
    """What one commit takes, and what was dropped on the way to it, both to be settled when the commit ends."""

    groups: list[Group]
    dropped: list[AnyChange]

    @property
    def moved(self) -> list[Who]:
        """Who came to a conversation, or left one."""
        events = [change.event for change in self.changes if not isinstance(change, SaveMarks)]
        moves = [event for event in events if isinstance(event, Members)]
        return [Who(each.kind, each.id) for event in moves for each in (*event.added, *event.removed)]

    @property
    def changes(self) -> list[AnyChange]:
        """Everything that the batch took from the queue."""
        return [change for group in self.groups for change in group.changes] + self.dropped


def rows(change: AnyChange) -> int:
    """About how many rows a change writes: its share of a batch."""
    if isinstance(change, SaveMarks):
        return len(change.marks)
    event = change.event
    if isinstance(event, Members):
        return 1 + len(event.added) + len(event.removed)
    return 1 + len(change.hooks or ()) if isinstance(change, Append) else 1


def size(change: AnyChange) -> int:
    """About how many characters a change holds in memory."""
    event = change.event if isinstance(change, (Append, Found)) else None
    text = len(event.body) + len(event.html or "") if isinstance(event, Message) else 0
    return text + 100 * rows(change)


class Admission:
    """Counts what was taken and has not come back. Overflow policy: refuse."""

    def __init__(self, limit_rows: int, limit_size: int) -> None:
        self.limit_rows = limit_rows
        self.limit_size = limit_size
        self.rows = 0
        self.size = 0
        self._convs: Counter[int] = Counter()

    def admit(self, change: AnyChange) -> bool:
        """Count one change in; False: full, and it was not counted."""
        row_count, char_count = rows(change), size(change)
        # A change that alone is beyond the bounds is taken when nothing else is there: it could never be otherwise.
        if self.rows and (self.rows + row_count > self.limit_rows or self.size + char_count > self.limit_size):
            return False
        self.rows += row_count
        self.size += char_count
        self._convs[change.conv] += 1
        return True

    def settle(self, batch: Batch) -> list[int]:
        """Count a batch out again; return the conversations that have nothing under way any more."""
        idle = []
        for change in batch.changes:
            self.rows -= rows(change)
            self.size -= size(change)
            self._convs[change.conv] -= 1
            if not self._convs[change.conv]:
                del self._convs[change.conv]
                idle.append(change.conv)
        return idle

    def under_way(self, conv: int) -> bool:
        """Whether a change of the conversation was taken and has not come back."""
        return conv in self._convs


class Cutter:
    """Takes batches from the queue. After a failure nothing of that conversation's term is taken any more."""

    def __init__(self, batch_rows: int) -> None:
        self._batch_rows = batch_rows
        # Terms only grow, so the last one that failed is all there is to know of a conversation.
        self._failed: dict[int, int] = {}

    def cut(self, queue: deque[AnyChange]) -> Batch:
        """Take what one commit should have: all there is, up to the bound on rows, at least one change."""
        groups: dict[tuple[int, int], Group] = {}
        dropped: list[AnyChange] = []
        room = self._batch_rows
        while queue and room > 0:
            change = queue.popleft()
            if self._is_failed(change):
                dropped.append(change)
                continue
            room -= rows(change)
            key = (change.conv, change.term)
            group = groups.get(key)
            if group is None:
                groups[key] = Group(change.conv, change.term, [change])
            else:
                group.changes.append(change)
        return Batch(list(groups.values()), dropped)

    def fail(self, group: Group) -> None:
        """Take nothing more of the group's term."""
        self._failed[group.conv] = max(group.term, self._failed.get(group.conv, group.term))

    def _is_failed(self, change: AnyChange) -> bool:
        failed = self._failed.get(change.conv)
        if failed is None:
            return False
        if change.term > failed:
            del self._failed[change.conv]  # a new reign: the old one has ended, nothing of it can follow
            return False
        return True


def notice(group: Group, fate: Fate, retry_ms: int) -> Committed | CommitFailed | None:
    """What the conversation is told; None: nothing, for stored markers that nobody waits for."""
    if fate is Fate.STORED:
        through, marks = group.through, group.marks
        if through is None and not marks:
            return None
        return Committed(term=group.term, through=through or 0, marks=marks)
    conflict = fate is Fate.CONFLICT
    return CommitFailed(term=group.term, conflict=conflict, retry_ms=0 if conflict else retry_ms)
