"""An in-memory stand-in for the storage: the four ports, with commits that tests can hold, fail and refuse.

    store = MemoryStore(report)
    alice = store.add_user("alice")
    ops = store.add_conversation("closed", [alice])

Changes that are submitted in one scheduler tick make one commit, which happens at the next tick; `report` is told of it
then, once per conversation, as the real writer does.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

import trio

from actors.messages.changes import AnyChange, Append, Found, SaveMarks
from actors.messages.conversation import CommitFailed, Committed
from actors.ports import LogBusy, LogUnavailable
from actors.values import BotLog, BotMessage, Caller, Who
from protocol.frames import ConversationKind, Members
from tests.fakes.memory_accounts import MemoryAccounts
from tests.fakes.memory_attachments import MemoryAttachments
from tests.fakes.memory_commands import MemoryCommands, MemoryPresences
from tests.fakes.memory_library import MemoryLibrary
from tests.fakes.memory_outbox import MemoryOutbox
from tests.fakes.memory_records import MemoryFiles, MemoryRecords
from tests.fakes.memory_rooms import Conflict, Rooms
from tests.fakes.memory_settings import MemorySettings
from tests.fakes.memory_views import MemoryViews

Report = Callable[[int, Committed | CommitFailed], None]
RETRY_MS = 500


class MemoryStore:
    """What `storage.open_storage` gives, without a disk."""

    def __init__(self, report: Report | None = None) -> None:
        self.rooms = Rooms()
        self.accounts = MemoryAccounts()
        self.numbers = MemoryNumbers()
        self.library = MemoryLibrary(self.rooms, self.accounts)
        self.attachments = MemoryAttachments(self.rooms)
        self.views = MemoryViews(self.rooms)
        self.commands = MemoryCommands(self._has_bot)
        self.presences = MemoryPresences(self._has_bot)
        self.bot_logs: MemoryRecords[BotLog] = MemoryRecords(self._has_bot)
        self.bot_files = MemoryFiles(self._has_bot)
        self.outbox = MemoryOutbox(self.rooms, self.accounts, self.library)
        self.bot_messages: MemoryRecords[BotMessage] = MemoryRecords(self._has_bot, kept=self.outbox.post)
        self.bot_settings = MemorySettings(self.accounts.bridges)
        self.log = MemoryLog(self.rooms, self.outbox, report or (lambda _conv, _notice: None))

    @property
    def report(self) -> Report:
        """Where commits are told; may be set after everything else is built."""
        return self.log.report

    @report.setter
    def report(self, report: Report) -> None:
        self.log.report = report

    @property
    def unreadable(self) -> bool:
        """While true every read of the library and the accounts raises `StoreUnavailable`."""
        return self.library.unreadable

    @unreadable.setter
    def unreadable(self, unreadable: bool) -> None:
        self.library.unreadable = self.accounts.unreadable = self.outbox.unreadable = unreadable
        self.attachments.unreadable = self.views.unreadable = unreadable

    def _has_bot(self, bot: int) -> bool:
        return self.accounts.living(Who("bot", bot)) is not None

    def add_user(
        self, username: str, *, name: str | None = None, role: str = "user", password_hash: str | None = None
    ) -> Caller:
        """Make a user, whose token is `token-USERNAME`."""
        return self.accounts.add_user(username, name=name or username, role=role, password_hash=password_hash)

    def add_bot(self, name: str, owner: Caller | None = None) -> Caller:
        """Make a bot, whose token is `token-NAME`."""
        return self.accounts.add_bot(self.numbers.bot(), name, owner)

    def add_conversation(
        self,
        kind: ConversationKind,
        members: Sequence[Caller],
        *,
        name: str | None = None,
        direct_key: str | None = None,
    ) -> int:
        """Found a conversation at once, without a report; its first member administers it."""
        conv = self.numbers.conversation()
        actors = [member.actor for member in members]
        event = Members(conv=conv, seq=1, at=1, added=actors, removed=[], by=actors[0])
        found = Found(conv=conv, term=0, kind=kind, name=name, epoch=1, direct_key=direct_key, event=event, admins=[0])
        self.rooms.apply(found)
        return conv


class MemoryNumbers:
    """Ids that count up from one."""

    def __init__(self) -> None:
        self._next: defaultdict[str, int] = defaultdict(int)

    def message(self) -> int:
        return self._fresh("message")

    def conversation(self) -> int:
        return self._fresh("conversation")

    def bot(self) -> int:
        return self._fresh("bot")

    def term(self) -> int:
        return self._fresh("term")

    def _fresh(self, what: str) -> int:
        self._next[what] += 1
        return self._next[what]


class MemoryLog:
    """The `Log` port. `busy` and `unavailable` make `submit` refuse; `submitted` keeps every change that was taken."""

    def __init__(self, rooms: Rooms, outbox: MemoryOutbox, report: Report) -> None:
        self.report = report
        self.busy = False
        self.unavailable = False
        self.submitted: list[AnyChange] = []
        self._rooms = rooms
        self._outbox = outbox
        self._held = False
        self._queue: list[AnyChange] = []
        self._scheduled = False
        self._failures: list[bool] = []
        self._poisoned: dict[int, int] = {}
        self._idle = trio.Event()

    def submit(self, change: AnyChange) -> None:
        if self.busy:
            raise LogBusy("the writer's queue is full", RETRY_MS)
        if self.unavailable:
            raise LogUnavailable("the disk is full", RETRY_MS)
        self.submitted.append(change)
        if change.term <= self._poisoned.get(change.conv, -1):
            return  # its conversation is told already, or about to be
        self._queue.append(change)
        if not self._held and not self._scheduled:
            self._scheduled = True
            trio.lowlevel.current_trio_token().run_sync_soon(self._tick)

    async def settled(self, conv: int) -> None:
        while any(change.conv == conv for change in self._queue):
            await self._idle.wait()
        await trio.lowlevel.checkpoint()

    def hold(self) -> None:
        """Let commits wait for `release`."""
        self._held = True

    def release(self) -> None:
        """Commit what was held, at once and as one commit, and hold no longer."""
        self._held = False
        self._commit()

    def fail_next(self, *, conflict: bool = False) -> None:
        """Let the next commit that has anything in it fail as a whole; each call is worth one commit."""
        self._failures.append(conflict)

    def _tick(self) -> None:
        self._scheduled = False
        if not self._held:
            self._commit()

    def _commit(self) -> None:
        batch, self._queue = self._queue, []
        if not batch:
            return
        by_conv: defaultdict[int, list[AnyChange]] = defaultdict(list)
        for change in batch:
            by_conv[change.conv].append(change)
        failure = self._failures.pop(0) if self._failures else None
        notices = [(conv, self._store(conv, changes, failure)) for conv, changes in by_conv.items()]
        self._idle.set()
        self._idle = trio.Event()
        for conv, told in notices:
            for notice in told:
                self.report(conv, notice)

    def _store(self, conv: int, changes: list[AnyChange], failure: bool | None) -> list[Committed | CommitFailed]:
        """Store what one commit has of a conversation, term by term, each whole or not at all."""
        told: list[Committed | CommitFailed] = []
        for term in dict.fromkeys(change.term for change in changes):
            mine = [change for change in changes if change.term == term]
            notice = self._store_term(conv, term, mine, failure)
            if notice is not None:
                told.append(notice)
        return told

    def _store_term(
        self, conv: int, term: int, changes: list[AnyChange], failure: bool | None
    ) -> Committed | CommitFailed | None:
        conflict = self._conflicts(changes) if failure is None else failure
        if failure is not None or conflict:
            self._poisoned[conv] = term
            return CommitFailed(term=term, conflict=conflict, retry_ms=0 if conflict else RETRY_MS)
        for change in changes:
            self._rooms.apply(change)
            if isinstance(change, Append):
                self._outbox.commit(change)
        seqs = [change.event.seq for change in changes if not isinstance(change, SaveMarks)]
        marks = max((change.number for change in changes if isinstance(change, SaveMarks)), default=0)
        return Committed(term=term, through=seqs[-1] if seqs else 0, marks=marks) if seqs or marks else None

    def _conflicts(self, changes: list[AnyChange]) -> bool:
        """Whether the changes cannot all be stored, tried on a copy."""
        trial = self._rooms.copy_of(changes[0].conv)
        try:
            for change in changes:
                trial.apply(change)
        except Conflict:
            return True
        return False
