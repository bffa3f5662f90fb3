"""The scheduler: one actor that follows the agenda by the clock, and tells each actor there that its time has come.

It keeps nothing that counts. What it tells stays in the agenda until the transaction of whoever was told takes it away;
until then it is told again now and then, and at once in the scheduler's next life: at least once, whatever crashes. It
tells nothing before its time, as that stood when the agenda was read, and in the order of time, kind and key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final

import trio

from actors.chatpion.ports import Agenda
from actors.chatpion.values import Item
from actors.messages.scheduler import AnySchedulerMessage
from actors.ports import Clock, PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import Refusal
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.runtime.restarts import RestartPolicy
from actors.scheduler.state import NEVER, Course, Pace

log = logging.getLogger("hubbub.scheduler")

PAGE: Final = 500
CHECK_S: Final = 0.05
"""So often it is looked whether what was told is done, while something waits for its turn."""
CLOCK_S: Final = 1.0
"""So often the wall clock is looked at while something is planned: it may have been moved."""
MAILBOX_LIMIT: Final = 100_000
"""It is told a number each time something is planned: one that is lost is found with the next round."""
# Nobody would notice that it was given up, and all that is planned would wait: it tries again for ever.
RESTART: Final = RestartPolicy(limit=2**31, window_s=600.0)

Messages = Mapping[str, Callable[[], object]]
"""What an actor of each kind is told when its time has come."""


def scheduler_kind(
    *, agenda: Agenda, clock: Clock, messages: Messages, pace: Pace | None = None
) -> Kind[AnySchedulerMessage]:
    """The kind "scheduler", of which there is one, with the key 0. It is at work once it was told something."""
    return Kind(
        name="scheduler",
        factory=lambda context: SchedulerActor(context, agenda, clock, messages, pace or Pace()),
        messages=AnySchedulerMessage,
        mailbox_limit=MAILBOX_LIMIT,
        restart=RESTART,
    )


class SchedulerActor(Actor[AnySchedulerMessage]):
    """Follows the agenda."""

    __slots__ = ("_agenda", "_clock", "_context", "_course", "_leaving", "_messages", "_now_ms")

    def __init__(self, context: Context, agenda: Agenda, clock: Clock, messages: Messages, pace: Pace) -> None:
        self._context = context
        self._agenda = agenda
        self._clock = clock
        self._messages = messages
        self._course = Course(pace, trio.current_time())
        self._now_ms = clock.now_ms()
        self._leaving = False

    async def start(self) -> None:
        """Look at once what is due."""
        self._context.wake_at(trio.current_time())

    async def receive(self, message: AnySchedulerMessage, reply: Reply) -> None:
        """Something was planned: it may come before all else."""
        self._course.planned(message.at)
        self._set_alarm()

    async def wake(self) -> None:
        """Tell what is due, one batch at a time, so that news comes in between."""
        if self._leaving:
            return
        try:
            await self._attend()
        except PortError as error:
            self._context.wake_at(trio.current_time() + error.retry_ms / 1_000)
        else:
            self._set_alarm()

    def may_sleep(self) -> bool:
        """Never."""
        return False

    async def wind_down(self) -> None:
        """Tell nothing any more: it stays in the agenda."""
        self._leaving = True

    async def _attend(self) -> None:
        self._look_at_the_clock()
        course = self._course
        course.passed(trio.current_time())
        if not course.is_due(self._now_ms):
            return
        if course.room == 0:
            course.still_there(await self._agenda.left(course.under_way), trio.current_time())
        if course.room > 0:
            page, next_at = await self._agenda.due(course.cursor, self._now_ms, PAGE)
            for item in course.read(page, next_at, whole=len(page) < PAGE, now=trio.current_time()):
                self._tell(item)

    def _look_at_the_clock(self) -> None:
        now_ms = self._clock.now_ms()
        if now_ms < self._now_ms:
            self._course.clock_went_back(now_ms)
        self._now_ms = now_ms

    def _tell(self, item: Item) -> None:
        message = self._messages.get(item.kind)
        if message is None:
            log.error("the agenda has an item that nobody is told of", extra={"kind": item.kind})
            return
        try:
            self._context.ref(item.kind, item.key).tell(message())
        except Refusal:
            self._course.refused(item, trio.current_time())

    def _set_alarm(self) -> None:
        now = trio.current_time()
        wait_s = self._course.due_in_s(now, self._clock.now_ms())
        if self._course.room == 0:
            wait_s = max(wait_s, CHECK_S)
        # Without a plan no clock matters.
        self._context.wake_at(now + (wait_s if self._course.next_at == NEVER else min(wait_s, CLOCK_S)))
