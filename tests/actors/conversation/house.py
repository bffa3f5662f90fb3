"""Conversations with everything around them that they need: a store in memory, a switchboard, clients that listen.

house = House()
alice, bob = house.user("alice"), house.user("bob")
room = house.room("closed", alice, bob)
async with house.open():
    phone = await room.listen(bob)
    await room.ask(Publish(by=alice, cid="1", body="hi"))
    assert phone.bodies() == ["hi"]
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import trio
import trio.testing

from actors.conversation import Settings, conversation_kind
from actors.conversation.allowance import Allowance
from actors.messages import session as to_session
from actors.messages.conversation import CatchUp, Publish, Subscribe
from actors.messages.outcomes import Published
from actors.messages.webhook import AnyWebhookMessage
from actors.runtime.actor import Actor, Context
from actors.runtime.failure import Failure
from actors.runtime.kind import Kind
from actors.runtime.ref import Answer
from actors.runtime.reply import Reply
from actors.runtime.restarts import RestartPolicy
from actors.runtime.system import System
from actors.switchboard import Connected, Switchboard
from actors.values import Caller, Lane
from protocol.codec import MSGPACK, Codec
from protocol.frames import ConversationKind
from tests.fakes.memory_store import MemoryStore
from tests.fakes.outbox import UNBOUNDED, FakeGate, FakeOutbox

HARDLY_EVER_GIVES_UP = RestartPolicy(first_delay_s=0.01, limit=1_000)


class House:
    """Everything. `failures` is what the runtime contained, `woken` are the lanes whose webhooks were told to look."""

    def __init__(self, **settings: Any) -> None:
        self.store = MemoryStore()
        self.switchboard = Switchboard()
        self.clock = FakeClock()
        self.meters = FakeMeters()
        self.failures: list[Failure] = []
        self.sessions: dict[str, Listener] = {}
        self.woken: list[Lane] = []
        self.numbers = count(1)
        self.sending = Allowance(1, slack_s=0, memory_s=60)
        self.kind = conversation_kind(
            log=self.store.log,
            library=self.store.library,
            switchboard=self.switchboard,
            clock=self.clock,
            numbers=self.store.numbers,
            meters=self.meters,
            addresses=self.store.accounts,
            settings=Settings(**settings),
            restart=HARDLY_EVER_GIVES_UP,
            sending=self.sending,
        )
        session_kind = Kind(
            name="session",
            factory=lambda context: SessionStub(context, self),
            messages=to_session.AnySessionMessage,
            restart=RestartPolicy(limit=0),
        )
        webhook_kind = Kind(
            name="webhook", factory=lambda context: WebhookStub(context, self.woken), messages=AnyWebhookMessage
        )
        kinds: list[Kind[Any]] = [self.kind, session_kind, webhook_kind]
        self.system = System(kinds, codec_check=True, on_failure=self.failures.append)
        self.store.report = lambda conv, notice: self.system.ref("conversation", conv).tell(notice, urgent=True)

    def user(self, name: str, role: str = "user") -> Caller:
        return self.store.add_user(name, role=role)

    async def bot(self, name: str, **addresses: str | None) -> Caller:
        """A bot, with an address for its webhook unless told otherwise."""
        bot = self.store.add_bot(name)
        await self.store.accounts.update_bot(bot.id, {"webhook_url": f"http://{name}/hook", **addresses})
        return bot

    def room(self, kind: ConversationKind, *members: Caller, name: str | None = None) -> "RoomUnderTest":
        """A conversation that is there already; the first member administers it."""
        return self.existing(self.store.add_conversation(kind, members, name=name))

    def existing(self, conv: int) -> "RoomUnderTest":
        return RoomUnderTest(self, conv)

    def connect(self, owner: Caller, codec: Codec = MSGPACK, room: int = UNBOUNDED) -> "Listener":
        """A session that is signed in and listens to nothing."""
        listener = Listener(self, owner, FakeOutbox(codec, room))
        listener.connect()
        return listener

    @asynccontextmanager
    async def open(self) -> AsyncIterator["House"]:
        """Run all of it. Nothing may have failed in the end but what `failures` was emptied of."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.system.run)
            yield self
            await self.system.drain("conversation", "session", deadline=trio.current_time() + 5)
        assert not self.failures, [(str(f), repr(f.error)) for f in self.failures]

    def crowd(self, seconds: float) -> None:
        """Let other rooms take the loop for so long, so that what is committed meanwhile is shown later, joined."""
        self.sending.use(trio.current_time(), seconds)

    async def settle(self) -> None:
        """Let everything happen that does not take time."""
        await trio.testing.wait_all_tasks_blocked()


class RoomUnderTest:
    """One conversation, as those see it who talk to it."""

    def __init__(self, house: House, conv: int) -> None:
        self.house = house
        self.conv = conv
        self.ref = house.system.ref("conversation", conv)
        self.cids = count(1)

    @property
    def stored(self) -> Any:
        """What is on disk."""
        return self.house.store.rooms[self.conv]

    def tell(self, message: object) -> "Pending":
        """Tell without waiting; the answer comes when it comes."""
        answer = Pending()
        self.ref.tell(message, answer)
        return answer

    async def ask(self, message: object) -> Any:
        """Tell, and wait for the outcome."""
        return await self.ref.ask(message)

    async def say(self, by: Caller, body: str = "hi", **more: Any) -> Published:
        """Publish with a fresh `cid`; it must work."""
        message = Publish(by=by, cid=f"cid-{by.id}-{next(self.cids)}", body=body, **more)
        outcome = await self.ask(message)
        assert isinstance(outcome, Published), outcome
        return outcome

    async def listen(
        self, owner: Caller, *, after: tuple[int, int] | None = None, codec: Codec = MSGPACK, room: int = UNBOUNDED
    ) -> "Listener":
        """A new session of the owner that is live here."""
        listener = self.house.connect(owner, codec, room)
        await listener.subscribe(self, after)
        await self.ask(CatchUp(session=listener.id))
        await self.house.settle()
        return listener


class Pending(Answer):
    """An answer that tests look into without asking for its type."""

    __slots__ = ()
    outcome: Any


class Listener:
    """One session at the far end. `told` is what its actor was told."""

    def __init__(self, house: House, owner: Caller, outbox: FakeOutbox) -> None:
        self.id = f"s{next(house.numbers)}"
        self.house = house
        self.owner = owner
        self.outbox = outbox
        self.gate = FakeGate()
        self.told: list[object] = []
        self.connected = Connected(self.id, owner, "phone", outbox, self.gate, 0, "token")

    def connect(self) -> None:
        self.house.sessions[self.id] = self
        self.house.switchboard.enter(self.connected)

    def hear_of(self, message: object) -> None:
        """What the session's actor is told."""
        self.told.append(message)

    async def subscribe(self, room: RoomUnderTest, after: tuple[int, int] | None = None) -> Any:
        return await room.ask(Subscribe(by=self.owner, session=self.id, after=after))

    def hears(self) -> list[dict[str, Any]]:
        """What came since the last look."""
        return self.outbox.take_frames()

    def seqs(self) -> list[int]:
        """The `seq`s of the events that came since the last look."""
        return [frame["seq"] for frame in self.hears()]

    def bodies(self) -> list[str]:
        """The texts of the messages that came since the last look."""
        return [frame["body"] for frame in self.hears() if frame["t"] == "message"]

    def disconnect(self) -> None:
        """The connection is gone; nobody has told the conversations yet."""
        self.house.switchboard.leave(self.id)


class SessionStub(Actor[to_session.AnySessionMessage]):
    """Writes down what it is told."""

    def __init__(self, context: Context, house: House) -> None:
        self._listener = house.sessions[str(context.address.key)]

    async def receive(self, message: to_session.AnySessionMessage, reply: Reply) -> None:
        self._listener.hear_of(message)


class WebhookStub(Actor[AnyWebhookMessage]):
    """Writes down that it was woken."""

    def __init__(self, context: Context, woken: list[Lane]) -> None:
        self._lane = Lane.of(str(context.address.key))
        self._woken = woken

    async def receive(self, message: AnyWebhookMessage, reply: Reply) -> None:
        self._woken.append(self._lane)


class FakeClock:
    """Wall time that moves by one millisecond a look."""

    def __init__(self) -> None:
        self._now = 1_000

    def now_ms(self) -> int:
        self._now += 1
        return self._now


class FakeMeters:
    """Adds up."""

    def __init__(self) -> None:
        self.publishes = 0
        self.deliveries = 0
        self.stages: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def published(self, count: int) -> None:
        self.publishes += count

    def delivered(self, count: int) -> None:
        self.deliveries += count

    def waited(self, stage: str, seconds: float, count: int) -> None:
        assert seconds > -1e-9
        self.stages[stage] += count
        self.seconds[stage] += seconds
