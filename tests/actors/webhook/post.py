"""Conversations, webhooks and a store in memory; the servers of the bots are scripted, or real ones for a `client`.

post = Post()
alice, bot = post.user("alice"), await post.bot("bot")
room = post.room("direct", alice, bot)
async with post.open():
    post.outbound.script.append(text("hi"))
    await room.say(alice, "hello")
    await post.settle()
    assert room.said_by(bot) == ["hi"]
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import Any

import trio
import trio.testing

from actors.conversation import conversation_kind
from actors.messages.conversation import Publish
from actors.messages.outcomes import Published
from actors.messages.webhook import Wake
from actors.ports import Outbound
from actors.runtime.failure import Failure
from actors.runtime.system import System
from actors.switchboard import Switchboard
from actors.values import Caller, Lane
from actors.webhook.inside import Inside
from actors.webhook.kind import wake_all, webhook_kind
from protocol.frames import ConversationKind, Message
from tests.fakes.memory_chatpion import MemoryChatPion
from tests.fakes.memory_outbox import Row
from tests.fakes.memory_store import MemoryStore
from tests.fakes.outbound import FakeOutbound
from tests.fakes.stage import NoMeters

RETRY_S = (5.0, 30.0, 120.0)
EPOCH_MS = 1_700_000_000_000


class Half(Random):
    """Chance that is always in the middle: waits are as long as they are said to be."""

    def random(self) -> float:
        return 0.5


class Post:
    """Everything. `failures` is what the runtime contained, `meters` what was counted."""

    def __init__(self, *, at_a_time: int = 8, client: Outbound | None = None) -> None:
        self.store = MemoryStore()
        self.outbound = FakeOutbound()
        self._client = client or self.outbound
        self.meters = FakeCallMeters()
        self.failures: list[Failure] = []
        self.clock = VirtualClock()
        self.chatpion = MemoryChatPion(self.store, self.clock.now_ms)
        self._at_a_time = at_a_time
        self.system = self._system()

    def user(self, name: str) -> Caller:
        return self.store.add_user(name)

    async def bot(self, name: str = "help", /, **changes: str | None) -> Caller:
        """A bot with an address; its name is base64, and so is the secret that the fake makes of it."""
        bot = self.store.add_bot(name)
        await self.store.accounts.update_bot(bot.id, {"webhook_url": f"http://{name}/hook", **changes})
        return bot

    def room(self, kind: ConversationKind, *members: Caller, name: str | None = None) -> "RoomUnderTest":
        return RoomUnderTest(self, self.store.add_conversation(kind, members, name=name))

    def rows(self, kind: str = "cordless") -> list[Row]:
        return [row for row in self.store.outbox.rows if row.lane.kind == kind]

    def states(self, kind: str = "cordless") -> list[tuple[str, str | None]]:
        return [(row.state, row.outcome) for row in self.rows(kind)]

    def wake(self, lane: Lane) -> None:
        self.system.ref("webhook", lane.key).tell(Wake())

    @asynccontextmanager
    async def open(self, *, drain_s: float = 5.0) -> AsyncIterator["Post"]:
        """Run all of it, and resume what waits. Opened again, it is the next run of the same hub."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.system.run)
            await wake_all(self.store.outbox, self.system)
            yield self
            await self.system.drain("webhook", "conversation", deadline=trio.current_time() + drain_s)
        assert not self.failures, [(str(f), repr(f.error)) for f in self.failures]
        self.system = self._system()

    @asynccontextmanager
    async def open_until_killed(self) -> AsyncIterator["Post"]:
        """Run all of it, and end it in the middle of whatever it does."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.system.run)
            await wake_all(self.store.outbox, self.system)
            yield self
            nursery.cancel_scope.cancel()
        self.system = self._system()

    async def settle(self) -> None:
        """Let everything happen that does not take time."""
        await trio.testing.wait_all_tasks_blocked()

    def _system(self) -> System:
        conversations = conversation_kind(
            log=self.store.log,
            library=self.store.library,
            switchboard=Switchboard(),
            clock=self.clock,
            numbers=self.store.numbers,
            meters=NoMeters(),
            addresses=self.store.accounts,
        )
        webhooks = webhook_kind(
            outbox=self.store.outbox,
            outbound=self._client,
            attachments=self.store.attachments,
            clock=self.clock,
            meters=self.meters,
            retry_s=RETRY_S,
            inside=Inside(library=self.store.library, bridges=self.store.bot_settings, base_url="https://hub.example"),
            outside=self.chatpion.outside(self._client),
            random=Half(),
            at_a_time=self._at_a_time,
        )
        system = System([conversations, webhooks], codec_check=True, on_failure=self.failures.append)
        self.store.report = lambda conv, notice: system.ref("conversation", conv).tell(notice, urgent=True)
        return system


class RoomUnderTest:
    """One conversation."""

    def __init__(self, post: Post, conv: int) -> None:
        self.post = post
        self.conv = conv
        self._cids = count(1)

    async def say(self, by: Caller, body: str = "hi", **more: Any) -> Published:
        message = Publish(by=by, cid=f"cid-{by.kind}-{by.id}-{next(self._cids)}", body=body, **more)
        outcome = await self.post.system.ref("conversation", self.conv).ask(message)
        assert isinstance(outcome, Published), outcome
        return outcome

    async def tell(self, message: object) -> object:
        return await self.post.system.ref("conversation", self.conv).ask(message)

    def messages(self) -> list[Message]:
        """What stands in the log."""
        return [event for event in self.post.store.rooms[self.conv].log if isinstance(event, Message)]

    def answers(self, bot: Caller) -> list[Message]:
        """What the bot has said."""
        return [message for message in self.messages() if message.sender == bot.actor]

    def said_by(self, bot: Caller) -> list[str]:
        return [message.body for message in self.answers(bot)]


class VirtualClock:
    """Wall time that moves with trio's."""

    def now_ms(self) -> int:
        return EPOCH_MS + int(trio.current_time() * 1_000)


class FakeCallMeters:
    """Adds up."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.depth: dict[Lane, int] = {}
        self.lost = 0

    def waiting(self, lane: Lane, count: int) -> None:
        self.depth[lane] = count

    def attempted(self, kind: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.outcomes[outcome] += 1

    def given_up(self, kind: str, count: int) -> None:
        self.lost += count
