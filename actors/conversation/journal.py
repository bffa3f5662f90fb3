"""The way of an event into the log: handed over, on disk, or failed."""

from msgspec.structs import replace

from actors.conversation.core import Core
from actors.conversation.pending import Entry, posted
from actors.conversation.refusals import BUSY_RETRY_MS, busy, of_port, unavailable
from actors.messages.changes import Append, Found
from actors.messages.outcomes import AnyOutcome, Changed, Published, Refused
from actors.ports import PortError
from actors.runtime.reply import Reply
from protocol.frames import AnyEvent, Members, Message


class Journal:
    """Writes one conversation's events, each with the next `seq`, and answers when they are on disk."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core

    def append(self, event: AnyEvent, reply: Reply, now: float) -> None:
        """Hand over the event, which has the next `seq`; refuse it where the log does not take it."""
        self.hand_over(Entry(event, reply, now))

    def hand_over(self, entry: Entry) -> None:
        """As `append`, for whoever has made the entry."""
        core = self._core
        if core.pending.full:
            entry.refuse(busy())
            return
        self._submit(Append(conv=core.conv, term=core.term, event=entry.event, hooks=entry.hooks), entry)

    def found(self, change: Found, reply: Reply, now: float) -> None:
        """Hand over the first event of a conversation that does not exist yet."""
        self._core.state.begin(change.kind, change.name, change.epoch)
        self._submit(change, Entry(change.event, reply, now))
        if not self._core.state.exists:
            self._core.state.vanish()

    def nothing_to_do(self, reply: Reply) -> None:
        """Answer a change that changes nothing: once what it builds on is on disk."""
        last = self._core.pending.last
        if last is None:
            reply.answer(Changed(seq=self._core.state.committed))
        else:
            last.follow(reply)

    def committed(self, through: int, now: float) -> list[Entry]:
        """Everything up to `through` is on disk. Returns the entries, whose senders are still to be answered."""
        core = self._core
        entries = core.pending.take_through(through)
        messages: list[Entry] = []
        for entry in entries:
            event = entry.event
            core.state.commit(event)
            core.unflushed.append(event)
            if isinstance(event, Members):
                core.moved(event)
            elif entry.key is not None and isinstance(event, Message):
                core.cids.add(entry.key, posted(event))
                messages.append(entry)
        if messages:
            core.services.meters.published(len(messages))
            core.timing.committed(messages, now)
        return entries

    def failed(self, refusal: Refused) -> None:
        """Nothing that is pending will be on disk: refuse it all, and go on from what is."""
        for entry in self.abandon():
            entry.refuse(refusal)

    def abandon(self) -> list[Entry]:
        """Go back to what is on disk and begin a new term. Returns what was pending: its senders still wait."""
        core = self._core
        entries = core.pending.take_all()
        core.state.roll_back()
        core.known.clear()
        core.term = core.services.numbers.term()
        core.receipts.lost()
        core.calls.rolled_back()
        return entries

    async def resolve_conflict(self) -> None:
        """Something that is pending was in the log before: answer that, and hand over the rest again.

        Raises `StoreUnavailable`; then nothing was changed.
        """
        core = self._core
        keys = [entry.key for entry in core.pending if entry.key is not None]
        known = await core.services.library.cids(core.conv, keys) if keys else {}
        if not known:
            # Handed over again it would be refused again.
            self.failed(unavailable("the log refused the change", BUSY_RETRY_MS))
            return
        for entry in self.abandon():
            if entry.key is None or entry.key not in known:
                self._submit_again(entry)
                continue
            at = known[entry.key]
            core.cids.add(entry.key, at)
            for follower in entry.found_again(at):
                self.nothing_to_do(follower)

    def _submit_again(self, entry: Entry) -> None:
        core = self._core
        entry.event = event = replace(entry.event, seq=core.state.head + 1)
        self._submit(Append(conv=core.conv, term=core.term, event=event, hooks=entry.hooks), entry)

    def _submit(self, change: Append | Found, entry: Entry) -> None:
        core = self._core
        try:
            core.services.log.submit(change)
        except PortError as error:
            entry.refuse(of_port(error))
        else:
            core.state.assign(entry.event)
            core.known.apply(entry.event)
            core.pending.add(entry)


def outcome_of(event: AnyEvent) -> AnyOutcome:
    """What the sender of a change is told once it is on disk."""
    if isinstance(event, Message):
        return Published(conv=event.conv, seq=event.seq, id=event.id, at=event.at)
    return Changed(seq=event.seq)
