"""The actor of one broadcast: starts it when it is due, has it said to its audience bit by bit, and ends it.

It keeps nothing that counts: who is still to get it stands in the store, and leaves there in the transaction that
makes the message. So whatever is cut off, and wherever, the next life just looks who is left. Between two bits it is
told of a pause or an end; its answer says that nobody is being told any more.
"""

from __future__ import annotations

import contextlib
from typing import Final, assert_never

import trio

from actors.broadcast.fetching import Fetching
from actors.broadcast.ports import BroadcastPorts
from actors.broadcast.telling import tell_each
from actors.chatpion.broadcasting import Wish
from actors.chatpion.values import Broadcast
from actors.faults import refusal_for
from actors.messages.broadcast import AnyBroadcastMessage, BroadcastSaved, Cancel, Look, Pause, Resume
from actors.messages.outcomes import Refused, bad_request
from actors.messages.scheduler import Planned
from actors.ports import PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import NoSuchActor, Refusal
from actors.runtime.reply import Reply

AT_A_TIME: Final = 100
"""So many are told side by side: they share the commits of their messages."""
BIT_S: Final = 0.1
"""No bit has more than may be sent in so many seconds, so that it goes on evenly."""
RETRY_S: Final = 1.0
MOVED: Final[dict[Wish, str]] = {"pause": "paused", "resume": "resumed", "cancel": "cancelled"}


class BroadcastActor(Actor[AnyBroadcastMessage]):
    """Sends one message to many."""

    __slots__ = ("_after", "_context", "_fetching", "_free_at", "_leaving", "_most", "_ports", "_row")

    _row: Broadcast

    def __init__(self, context: Context, ports: BroadcastPorts) -> None:
        self._context = context
        self._ports = ports
        self._most = max(1, min(AT_A_TIME, int(ports.per_s * BIT_S)))
        self._free_at = trio.current_time()
        # The last subscriber of this round: whoever is passed over has its turn in the next one.
        self._after = 0
        self._fetching: Fetching | None = None
        self._leaving = False

    async def start(self) -> None:
        """Know the broadcast, and go on where an earlier life was."""
        row = await self._ports.broadcasts.known(int(self._context.address.key))
        if row is None:
            raise NoSuchActor(self._context.address)
        self._row = row
        self._look_soon()

    async def receive(self, message: AnyBroadcastMessage, reply: Reply) -> None:
        """Look soon, or do what is wished and say what became of it."""
        match message:
            case Look():
                pass
            case Pause():
                reply.answer(await self._move("pause"))
            case Resume():
                reply.answer(await self._move("resume"))
            case Cancel():
                reply.answer(await self._move("cancel"))
            case _:
                assert_never(message)
        self._look_soon()

    async def wake(self) -> None:
        """Do the next bit, if there is one."""
        if self._leaving:
            return
        try:
            pause_s = await self._go_on()
        except PortError as error:
            pause_s = error.retry_ms / 1_000
        if pause_s is not None:
            self._context.wake_at(trio.current_time() + pause_s)

    def may_sleep(self) -> bool:
        """Not while it is under way: all else the agenda or somebody's wish begins."""
        return self._row.status != "started"

    async def wind_down(self) -> None:
        """Tell nobody any more: the next run does."""
        self._leaving = True

    def _look_soon(self) -> None:
        self._context.wake_at(max(self._free_at, trio.current_time()))

    async def _move(self, wish: Wish) -> BroadcastSaved | Refused:
        try:
            row = await self._ports.broadcasts.move(self._row.id, wish, self._ports.clock.now_ms())
        except PortError as error:
            return refusal_for(error)
        if row is None:
            return bad_request(f"a broadcast that is {self._row.status} cannot be {MOVED[wish]}", "status")
        self._row = row
        if row.status == "scheduled":
            # It stands in the agenda again. If this is lost, the agenda's next round finds it.
            with contextlib.suppress(Refusal):
                self._context.ref("scheduler", 0).tell(Planned(at=row.due_at))
        return BroadcastSaved(broadcast=row)

    async def _go_on(self) -> float | None:
        """Do what is due, and return after how many seconds there is more; None: nothing, until one is told."""
        ports = self._ports
        if self._row.status == "scheduled":
            self._row = await ports.broadcasts.begin(self._row.id, ports.clock.now_ms())
        row = self._row
        if row.status != "started":
            return None
        if row.attachment is not None and row.file is None:
            return await self._go_on_without_file(row)
        people = await ports.broadcasts.audience(row.id, self._after, self._most)
        if not people:
            return await self._end_round(row)
        began = trio.current_time()
        await tell_each(self._context, row, people)
        self._after = people[-1].subscriber
        self._free_at = max(self._free_at, began) + len(people) / ports.per_s
        return max(0.0, self._free_at - trio.current_time())

    async def _end_round(self, row: Broadcast) -> float | None:
        """All were told. Those who did not take it have another turn; without them it ends when all of it is said."""
        self._after = 0
        if not await self._ports.broadcasts.audience(row.id, 0, 1):
            self._row = await self._ports.broadcasts.complete(row.id, self._ports.clock.now_ms())
        return RETRY_S if self._row.status == "started" else None

    async def _go_on_without_file(self, row: Broadcast) -> float | None:
        fetching = self._fetching
        if fetching is None:
            return await self._fetch(row)
        if fetching.outcome is None:
            return None  # the answer has it look again
        if fetching.file is not None:
            self._row = await self._ports.broadcasts.attached(row.id, fetching.file)
            return 0.0
        if fetching.error is None:
            self._fetching = None
            return RETRY_S
        now = self._ports.clock.now_ms()
        failed = await self._ports.broadcasts.fail(row.id, fetching.error, now, AT_A_TIME)
        return 0.0 if failed else await self._end_round(row)

    async def _fetch(self, row: Broadcast) -> float | None:
        account = await self._ports.owners.account(row.account)
        if account is None:
            return None
        fetching = Fetching(self._context)
        try:
            fetching.begin(row, account.bot)
        except Refusal:
            return RETRY_S
        self._fetching = fetching
        return None
