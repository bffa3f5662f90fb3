"""Accounts that end: what their bots held open ends with them, whatever becomes of the bots' own actors."""

from typing import Any, Literal

import trio

from actors.account.actor import account_kind
from actors.messages.account import DeleteAccount
from actors.messages.bot import BuryBot
from actors.messages.outcomes import Done
from actors.runtime.actor import Actor
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.runtime.system import System
from actors.switchboard import Switchboard
from actors.values import Who
from tests.fakes.feed import FakeFeed
from tests.fakes.memory_people import MemoryPeople, MemorySessions
from tests.fakes.memory_store import MemoryStore


class Revoked:
    """Notes whose sessions are to be closed."""

    def __init__(self) -> None:
        self.whose: list[Who] = []

    def revoke(self, who: Who, credential: Literal["password"] | None = None) -> None:
        self.whose.append(who)


class Failing(Actor[BuryBot]):
    """A bot that cannot be told."""

    async def receive(self, message: BuryBot, reply: Reply) -> None:
        raise RuntimeError("out of order")


async def test_the_sessions_of_a_deleted_owners_bots_end_even_if_their_actors_fail(autojump_clock: Any) -> None:
    store, feed, revoked = MemoryStore(), FakeFeed(), Revoked()
    owner = store.add_user("alice")
    bot = store.add_bot("ci", owner)
    sessions = MemorySessions(store.accounts, lambda: 0)
    people = MemoryPeople(store.accounts, sessions, lambda: 0)
    kind = account_kind(
        people=people,
        sessions=sessions,
        library=store.library,
        switchboard=Switchboard(),
        revoker=revoked,
        feed=feed,
    )
    bots = Kind(name="bot", factory=lambda context: Failing(), messages=BuryBot, mailbox_limit=1)
    system = System([kind, bots], on_failure=lambda failure: None)
    async with trio.open_nursery() as nursery:
        await nursery.start(system.run)
        assert await system.ref("account", owner.id).ask(DeleteAccount(by=owner)) == Done()
        nursery.cancel_scope.cancel()
    assert Who("bot", bot.id) in revoked.whose
    assert ("bot", bot.id) in feed.ended
