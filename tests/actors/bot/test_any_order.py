"""Whatever happens in whatever order: each command is one bot's at a time, in order, and none is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from actors.messages.bot import AckCommand, PollCommands, QueueCommand
from actors.messages.outcomes import CommandSaved, CommandsLeased
from actors.runtime.errors import RuntimeFault
from actors.values import Caller
from tests.fakes.outbox import decode_pieces
from tests.fakes.stage import Client, Stage

BOT = 1
ALICE = Caller("user", 1, "alice", "user")
LEASE_S = 5
MAX_CRASHES = 3
"""More would be the end of the actor for a while."""

Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("queue"), st.integers(1, 5)),
        st.tuples(st.just("poll"), st.integers(0, 4)),
        st.tuples(st.just("ack"), st.integers(0, 50)),
        st.tuples(st.just("wait"), st.integers(1, 7)),
        st.tuples(st.sampled_from(["attach", "detach", "crash"]), st.just(0)),
    ),
    min_size=10,
    max_size=60,
)


@dataclass
class Ledger:
    """What must be so: which commands there are, who holds which until when, and which are done."""

    order: list[str] = field(default_factory=list)
    held: dict[str, tuple[str, int]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def is_taken(self, command: str, at: int) -> bool:
        """Whether nobody might get it then."""
        return command in self.done or self.held.get(command, ("", 0))[1] > at

    def hand_out(self, commands: list[str], holder: str, at: int) -> None:
        assert commands == sorted(commands, key=self.order.index), "in order"
        for command in commands:
            older = self.order[: self.order.index(command)]
            assert not self.is_taken(command, at), "one holder at a time"
            assert all(self.is_taken(one, at) for one in older), "none before an older one"
            self.held[command] = (holder, at + LEASE_S * 1_000)

    def end(self, holder: str) -> None:
        self.held = {command: held for command, held in self.held.items() if held[0] != holder}


class World:
    """A bot, at most one session of it, and the ledger."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ledger = Ledger()
        self.client: Client | None = None
        self.line = ""
        self.times: list[int] = []
        self.crashes = 0

    async def run(self, steps: list[Step]) -> None:
        for what, number in steps:
            await getattr(self, what)(number)
            await self.collect()
        await self.come_to_an_end()

    async def ask(self, message: Any) -> Any:
        return await self.stage.system.ref("bot", BOT).ask(message)

    async def queue(self, count: int) -> None:
        for _ in range(count):
            saved = await self.ask(QueueCommand(by=ALICE, kind="do", payload={}))
            assert isinstance(saved, CommandSaved)
            self.ledger.order.append(saved.command.id)

    async def poll(self, limit: int) -> None:
        await self.collect()
        leased = await self.ask(PollCommands(by=ALICE, credential_id=None, limit=limit))
        assert isinstance(leased, CommandsLeased)
        self.ledger.hand_out([command.id for command in leased.commands], "poll", self.stage.wall.now_ms())

    async def ack(self, which: int) -> None:
        if not self.ledger.order:
            return
        command = self.ledger.order[which % len(self.ledger.order)]
        saved = await self.ask(AckCommand(by=ALICE, id=command, status="completed", result=which))
        assert isinstance(saved, CommandSaved)
        self.ledger.done.add(command)

    async def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            await trio.sleep(1)
            await self.collect()

    async def attach(self, _: int) -> None:
        await self.detach(0)
        self.client = self.stage.client()
        self.times.clear()
        self.client.outbox.on_push = lambda: self.times.append(self.stage.wall.now_ms())
        await self.client.send(t="hello", ref=1, token="token-ci", device="server", commands=True)
        await self.stage.settle()
        self.line = self.client.session

    async def detach(self, _: int) -> None:
        if self.client is not None:
            await self.collect()
            self.client.leave()
            self.client = None
            await self.stage.settle()
            self.ledger.end(self.line)

    async def crash(self, _: int) -> None:
        if self.crashes == MAX_CRASHES:
            return
        self.crashes += 1
        self.stage.store.commands.crash = True
        try:
            await self.ask(QueueCommand(by=ALICE, kind="do", payload={}))
        except RuntimeFault:
            self.stage.store.commands.crash = False
        await self.wait(1)

    async def collect(self) -> None:
        """Take note of what was pushed."""
        await self.stage.settle()
        if self.client is not None:
            pushed = zip(self.times, self.client.outbox.pieces, strict=True)
            heard = [(at, frame) for at, piece in pushed for frame in decode_pieces(piece)]
            self.client.outbox.take_frames()
            self.times.clear()
            # Each when it was pushed, by the clock that leases run by: not when somebody looks.
            for at, frames in groupby(heard, key=itemgetter(0)):
                self.ledger.hand_out([frame["id"] for _, frame in frames if frame["t"] == "command"], self.line, at)

    async def come_to_an_end(self) -> None:
        """A bot that does what it is told gets all that is left."""
        await self.detach(0)
        await trio.sleep(LEASE_S)
        await self.poll(1_000)
        for place in range(len(self.ledger.order)):
            await self.ack(place)
        updates = self.stage.feed.events("command_update")
        assert [u["id"] for u in updates if u["status"] == "pending"] == self.ledger.order
        assert sorted(u["id"] for u in updates if u["status"] == "completed") == sorted(self.ledger.order)


@given(STEPS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens(steps: list[Step]) -> None:
    async def play() -> None:
        stage = Stage(command_lease_s=LEASE_S)
        alice = stage.store.add_user("alice")
        stage.store.add_bot("ci", alice)
        async with trio.open_nursery() as nursery:
            await nursery.start(stage.system.run)
            await World(stage).run(steps)
            nursery.cancel_scope.cancel()

    trio.run(play, clock=MockClock(autojump_threshold=0))
