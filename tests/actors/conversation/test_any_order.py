"""A conversation under everything at once, in any order, against the plainest model: its log.

A program is a list of steps: people write, come and go, connect, stall and come back; commits are held, fail, conflict
or are refused; the database cannot be read; the actor crashes or is put to sleep. After each step every client has seen
a run of the log, in order, each event once, and nothing that is not on disk. In the end everything was answered,
whatever was acknowledged is there, and every client of a member has all of it.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from actors.messages import conversation as to
from actors.messages.outcomes import Changed, Described, NotMember, Published, Refused
from actors.messages.session import Admitted
from actors.ports import StoreUnavailable
from actors.runtime.errors import RuntimeFault
from actors.values import Caller, Who
from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import ErrorCode
from protocol.frames import Actor, AnyEvent, Deleted, Edited, Members, Message, Reacted
from tests.actors.conversation.house import House, Listener, RoomUnderTest
from tests.actors.conversation.test_crashes import InjectedError, inject
from tests.fakes.outbox import FakeOutbox
from tests.fakes.virtual_time import run

REPLAY = 6
PEOPLE = st.integers(0, 2)
SMALL = st.integers(0, 4)

STEPS = st.one_of(
    st.tuples(st.just("publish"), PEOPLE, SMALL),
    st.tuples(st.just("publish"), PEOPLE, SMALL),
    st.tuples(st.just("burst"), PEOPLE, st.integers(5, 12)),
    st.tuples(st.just("edit"), PEOPLE, SMALL),
    st.tuples(st.just("delete"), PEOPLE, SMALL),
    st.tuples(st.just("react"), PEOPLE, SMALL, st.booleans()),
    st.tuples(st.just("join"), PEOPLE),
    st.tuples(st.just("leave"), PEOPLE),
    st.tuples(st.just("add"), PEOPLE, PEOPLE),
    st.tuples(st.just("remove"), PEOPLE, PEOPLE),
    st.tuples(st.just("read"), PEOPLE, SMALL),
    st.tuples(st.just("describe"), PEOPLE),
    st.tuples(st.just("connect"), PEOPLE, st.sampled_from(["fresh", "resume", "foreign", "ahead", "from the start"])),
    st.tuples(st.just("disconnect"), SMALL),
    st.tuples(st.just("stall"), SMALL, st.sampled_from([0, 100, 300])),
    st.tuples(st.just("go_on"), SMALL),
    st.tuples(st.just("hold")),
    st.tuples(st.just("release")),
    st.tuples(st.just("fail"), st.booleans()),
    st.tuples(st.just("busy"), st.booleans()),
    st.tuples(st.just("unreadable"), st.booleans()),
    st.tuples(st.just("crash")),
    st.tuples(st.just("sleep")),
    st.tuples(st.just("crowd"), st.sampled_from([0.001, 0.005, 0.1])),
    st.tuples(st.just("pass_time"), st.sampled_from([0.001, 0.01, 2.0])),
)


class Client(Listener):
    """A session as it should behave, and what it believes to know. `position` is the last `seq` it has seen."""

    def __init__(self, world: "World", owner: Caller, after: tuple[int, int] | None, position: int | None) -> None:
        super().__init__(world.house, owner, FakeOutbox(world.codec(), 100_000))
        self.world = world
        self.after = after
        self.position = position
        self.admitted: int | None = None
        self.reads = True

    def hear_of(self, message: object) -> None:
        if isinstance(message, Admitted):
            self.admitted = message.seq
            self.after = (message.epoch, message.seq - 1)
            self.ask_for_place()

    def ask_for_place(self) -> None:
        """What a session does when it begins, is admitted, or has had a setback."""
        subscribe = to.Subscribe(by=self.owner, session=self.id, after=self.after)
        self.world.room.ref.tell(subscribe, Placed(self, self.after), urgent=True)
        self.catch_up()

    def catch_up(self) -> None:
        self.world.tell(to.CatchUp(session=self.id), None, urgent=True)

    def take(self) -> None:
        """Read what came; `wake_for` brings a `Drained`, which brings a `CatchUp`."""
        if not self.reads:
            return
        for frame in self.hears():
            self.check(frame)
        if self.outbox.take_wakes():
            self.catch_up()

    def check(self, frame: dict[str, Any]) -> None:
        log = self.world.log
        if frame["t"] == "receipt":
            assert frame["who"]["id"] != self.owner.id
        elif frame["t"] == "reset":
            assert frame["epoch"] == 1
            assert frame["seq"] <= len(log)
            self.position = frame["seq"]
        elif frame["t"] == "gap":
            assert frame["from"] in ((self.position or 0) + 1, self.admitted)
            assert frame["from"] <= frame["to"] <= len(log) - REPLAY
            self.position = frame["to"]
            self.admitted = None
        else:
            self.check_event(frame)

    def check_event(self, frame: dict[str, Any]) -> None:
        seq = frame["seq"]
        assert seq <= len(self.world.log), "seen before it was on disk"
        following = None if self.position is None else self.position + 1
        assert seq in (following, self.admitted), f"{seq} after {self.position}, admitted by {self.admitted}"
        self.position = seq
        if seq == self.admitted:  # what came before was told of before the invitation, and is read after it
            self.admitted = None
        stored = self.world.log[seq - 1]
        assert frame["t"] == stored.__struct_config__.tag
        assert frame.get("id") == getattr(stored, "id", None)
        assert frame.get("cid") == getattr(stored, "cid", None)


class Placed:
    """The answer to a `Subscribe`, which said `after`: an invitation may come in between, and say another one."""

    def __init__(self, client: Client, after: tuple[int, int] | None) -> None:
        self.client = client
        self.after = after

    def answer(self, outcome: object) -> None:
        assert isinstance(outcome, Described | NotMember | RuntimeFault | Refused), outcome
        client = self.client
        if isinstance(outcome, Described) and self.after is None and client.position is None:
            client.position = outcome.summary.seq
            client.after = (1, outcome.summary.seq)


class World:
    """The conversation, its people, and everything that is still to be checked."""

    def __init__(self) -> None:
        self.house = House(replay_events=REPLAY, recent_bytes=3_000, known_messages=2, cids=3)
        self.people = [self.house.user(name) for name in ("alice", "bob", "carol")]
        self.room: RoomUnderTest = self.house.room("open", *self.people[:2])
        self.clients: list[Client] = []
        self.cursors: dict[int, int] = {}
        self.asked: list[tuple[Any, Any]] = []
        self.codecs = 0

    @property
    def log(self) -> list[AnyEvent]:
        log: list[AnyEvent] = self.room.stored.log
        return log

    def codec(self) -> Codec:
        self.codecs += 1
        return (MSGPACK, JSON)[self.codecs % 2]

    def tell(self, message: object, reply: Any, *, urgent: bool = False) -> None:
        self.room.ref.tell(message, reply, urgent=urgent)

    def request(self, message: Any) -> None:
        """Ask, and check the answer in the end."""
        self.asked.append((message, self.room.tell(message)))

    def message_id(self, nth: int) -> int:
        ids = [event.id for event in self.log if isinstance(event, Message)]
        return ids[nth % len(ids)] if ids else 999

    # Steps

    def publish(self, who: int, cid: int) -> None:
        by = self.people[who]
        self.request(to.Publish(by=by, cid=f"c{cid}", body=f"{by.name} c{cid} @bob"))

    def burst(self, who: int, count: int) -> None:
        by = self.people[who]
        for n in range(count):
            self.request(to.Publish(by=by, cid=f"b{len(self.asked)}-{n}", body="x" * 200))

    def edit(self, who: int, nth: int) -> None:
        self.request(to.Edit(by=self.people[who], id=self.message_id(nth), body="edited"))

    def delete(self, who: int, nth: int) -> None:
        self.request(to.Delete(by=self.people[who], id=self.message_id(nth)))

    def react(self, who: int, nth: int, on: bool) -> None:
        self.request(to.React(by=self.people[who], id=self.message_id(nth), emoji="x", on=on))

    def join(self, who: int) -> None:
        self.request(to.Join(by=self.people[who]))

    def leave(self, who: int) -> None:
        self.request(to.Leave(by=self.people[who]))

    def add(self, by: int, who: int) -> None:
        self.request(to.AddMembers(by=self.people[by], members=[self.people[who].who]))

    def remove(self, by: int, who: int) -> None:
        self.request(to.RemoveMembers(by=self.people[by], members=[self.people[who].who]))

    def read(self, who: int, nth: int) -> None:
        self.request(to.Advance(by=self.people[who], read=nth * 3, received=nth * 4))

    def describe(self, who: int) -> None:
        self.request(to.Describe(by=self.people[who]))

    def connect(self, who: int, how: str) -> None:
        known = self.cursors.get(who)
        after, position = {
            "fresh": (None, None),
            "resume": (None, None) if known is None else ((1, known), known),
            "foreign": ((9, 3), None),
            "ahead": ((1, len(self.log) + 1_000), None),
            "from the start": ((1, 0), 0),
        }[how]
        client = Client(self, self.people[who], after, position)
        client.connect()
        self.clients.append(client)
        client.ask_for_place()

    def disconnect(self, nth: int) -> None:
        client = self._client(nth)
        if client is not None:
            client.reads = True
            client.take()
            client.disconnect()
            self.clients.remove(client)
            self.tell(to.Unsubscribe(session=client.id), None, urgent=True)
            if client.position is not None:
                self.cursors[self.people.index(client.owner)] = client.position

    def stall(self, nth: int, room: int) -> None:
        client = self._client(nth)
        if client is not None:
            client.take()
            client.reads = False
            client.outbox.room_left = room

    def go_on(self, nth: int) -> None:
        client = self._client(nth)
        if client is not None:
            client.outbox.room_left = 100_000
            client.reads = True

    def hold(self) -> None:
        self.house.store.log.hold()

    def release(self) -> None:
        self.house.store.log.release()

    def fail(self, conflict: bool) -> None:
        self.house.store.log.fail_next(conflict=conflict)

    def busy(self, on: bool) -> None:
        self.house.store.log.busy = on

    def crowd(self, seconds: float) -> None:
        self.house.crowd(seconds)

    def unreadable(self, on: bool) -> None:
        self.house.store.unreadable = on

    def crash(self) -> None:
        self.tell(to.Rename(by=self.people[0], name="x"), None, urgent=True)

    def _client(self, nth: int) -> Client | None:
        return self.clients[nth % len(self.clients)] if self.clients else None

    # Checks

    async def settle(self) -> None:
        await self.house.settle()
        for client in list(self.clients):
            client.take()

    async def heal(self) -> None:
        """Let all troubles end, and everybody ask again, as sessions do after a setback."""
        store = self.house.store
        store.unreadable = store.log.busy = False
        store.log.release()
        await trio.sleep(30)
        for _ in range(3):
            for client in self.clients:
                client.outbox.room_left = 1_000_000
                client.reads = True
                client.ask_for_place()
            await trio.sleep(5)
            await self.settle()

    async def check_end(self) -> None:
        now = Replayed(self.log)
        assert now.members.keys() == self.room.stored.members.keys()
        for client in self.clients:
            if client.owner.who in now.members:
                assert client.position == len(self.log), (client.position, len(self.log))
            else:
                assert client.id not in self.house.switchboard.owners(self.room.conv)
        posted = defaultdict(set)
        for message, answer in self.asked:
            assert answer.given.is_set(), f"{message} was not answered"
            self.check_answer(message, answer.outcome)
            if isinstance(answer.outcome, Published):
                posted[message.by.who, message.cid].add(answer.outcome.dup)
        await self.check_counts(now)

    def check_answer(self, message: Any, outcome: object) -> None:
        event(type(outcome).__name__)
        if isinstance(outcome, Published):
            stored = self.log[outcome.seq - 1]
            assert isinstance(stored, Message)
            assert (stored.id, stored.at, stored.cid) == (outcome.id, outcome.at, message.cid)
            assert stored.sender.id == message.by.id
            messages = [stored for stored in self.log if isinstance(stored, Message)]
            assert [(m.cid, m.sender.id) for m in messages].count((message.cid, message.by.id)) == 1
        elif isinstance(outcome, Changed):
            assert Replayed(self.log[: outcome.seq]).fulfils(message), message
        elif isinstance(outcome, Refused):
            assert outcome.code is not ErrorCode.INTERNAL
            assert outcome.code.temporary == (outcome.retry_ms is not None)

    async def check_counts(self, now: "Replayed") -> None:
        for who, person in ((person.who, person) for person in self.people):
            described = await self.room.ask(to.Describe(by=person))
            assert isinstance(described, Described) == (who in now.members)
            if isinstance(described, Described) and described.counted:
                summary = described.summary
                counted = await self.house.store.library.counts(who, [(self.room.conv, summary.read, summary.seq)])
                assert (summary.unread, summary.mentions) == (
                    counted[self.room.conv].unread,
                    counted[self.room.conv].mentions,
                )


class Replayed:
    """The model: what a log amounts to."""

    def __init__(self, log: list[AnyEvent]) -> None:
        self.members: dict[Who, Actor] = {}
        self.deleted: set[int] = set()
        self.reactions: set[tuple[int, Who]] = set()
        self.last = log[-1]
        assert [event.seq for event in log] == list(range(1, len(log) + 1))
        for stored in log:
            self.apply(stored)

    def apply(self, stored: AnyEvent) -> None:
        match stored:
            case Members():
                for actor in stored.removed:
                    assert self.members.pop(Who(actor.kind, actor.id))
                for actor in stored.added:
                    assert Who(actor.kind, actor.id) not in self.members
                    self.members[Who(actor.kind, actor.id)] = actor
            case Message(sender=sender):
                assert Who(sender.kind, sender.id) in self.members
            case Edited(id=message):
                assert message not in self.deleted
            case Deleted(id=message):
                assert message not in self.deleted
                self.deleted.add(message)
            case Reacted(id=message, by=by):
                entry = (message, Who(by.kind, by.id))
                assert (entry in self.reactions) != stored.on
                self.reactions ^= {entry}

    def fulfils(self, message: Any) -> bool:
        """Whether what was acknowledged is so."""
        match message:
            case to.Edit():
                return isinstance(self.last, Edited) and self.last.id == message.id
            case to.Delete():
                return message.id in self.deleted
            case to.React():
                return ((message.id, message.by.who) in self.reactions) == message.on
            case to.Join():
                return message.by.who in self.members
            case to.Leave():
                return message.by.who not in self.members
            case to.AddMembers():
                return set(message.members) <= self.members.keys()
            case to.RemoveMembers():
                return not set(message.members) & self.members.keys()
        return False


async def play(program: list[tuple[Any, ...]]) -> None:
    world = World()
    async with world.house.open():
        async with trio.open_nursery() as nursery:
            for name, *arguments in program:
                await perform(world, nursery, name, arguments)
                await world.settle()
            await world.heal()
        await world.check_end()
        failures = world.house.failures
        failures[:] = [
            failure for failure in failures if not isinstance(failure.error, InjectedError | StoreUnavailable)
        ]


async def perform(world: World, nursery: trio.Nursery, name: str, arguments: list[Any]) -> None:
    if name == "pass_time":
        await trio.sleep(*arguments)
    elif name == "sleep":
        nursery.start_soon(world.house.system.stop, "conversation", world.room.conv)
    else:
        step: Callable[..., None] = getattr(world, name)
        step(*arguments)


@given(st.lists(STEPS, min_size=10, max_size=60))
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_lost_doubled_or_out_of_order(program: list[tuple[Any, ...]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        inject(monkeypatch, to.Rename)
        run(partial(play, program))
