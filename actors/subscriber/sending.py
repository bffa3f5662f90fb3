"""Letters that wait, said one after another in the conversation by the account's bot.

Each is on disk before it is tried, and is said under a `cid` of its own: whatever is cut off, and wherever, it is tried
again and stands in the conversation once. What is tried again after a failure, is so until the outcome is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import inf
from typing import Final, NamedTuple

import trio
from msgspec.structs import replace

from actors.chatpion.values import Letter
from actors.faults import refusal_for
from actors.messages.conversation import Publish
from actors.messages.fetcher import Fetch
from actors.messages.outcomes import Outcome, Published, Refused
from actors.messages.subscriber import Attached, LetterSaved
from actors.ports import PortError
from actors.runtime.errors import Refusal, RuntimeFault
from actors.runtime.reply import ReplyTo
from actors.subscriber.awaiting import Awaiting
from actors.subscriber.ports import Scene, SubscriberPorts
from protocol.codes import ErrorCode
from protocol.frames import Attachment

PATIENCE_S: Final = 8.0
"""So long a sender waits for what is to be said: the edge would not wait much longer, and could say less."""
RETRY_S: Final = 1.0
LATE: Final = Refused(
    code=ErrorCode.UNAVAILABLE,
    message="the message is kept and will be sent once: do not repeat it, look for its status",
    retry_ms=2_000,
)
NO_FILE: Final = "The attachment is not there any more"


class Waiter(NamedTuple):
    """Somebody waits for a letter until `until`, in seconds of trio's clock; without an `outcome` for the letter."""

    reply: ReplyTo
    until: float
    outcome: Outcome | None = None


class Sending:
    """The queue of one subscriber. `go_on_at` is when to go on with it, in seconds of trio's clock."""

    __slots__ = ("_news", "_ports", "_queue", "_scene", "_waiters", "go_on_at")

    def __init__(self, scene: Scene, ports: SubscriberPorts) -> None:
        self._scene = scene
        self._ports = ports
        self._queue: deque[Letter] = deque()
        self._waiters: dict[int, list[Waiter]] = {}
        self._news: Attached | None = None
        self.go_on_at = inf

    @property
    def wake_at(self) -> float:
        """When there is something to do again, if nothing happens before."""
        return min(self.go_on_at, *(each.until for waiters in self._waiters.values() for each in waiters), inf)

    @property
    def idle(self) -> bool:
        """Whether nothing is to be said."""
        return not self._queue

    def put(self, letters: Iterable[Letter]) -> None:
        """Say these too. One that is known is not said twice, and one that has failed is not said at all."""
        known = {letter.id for letter in self._queue}
        fresh = [letter for letter in letters if letter.state == "queued" and letter.id not in known]
        if fresh and not self._queue:
            self.go_on_at = 0.0
        self._queue.extend(fresh)

    def answer_after(self, letter: Letter, reply: ReplyTo, outcome: Outcome | None = None) -> None:
        """Answer once the letter was said, or has failed: with the outcome, else with the letter."""
        if letter.state != "queued":
            reply.answer(outcome or LetterSaved(letter=letter))
            return
        waiter = Waiter(reply, trio.current_time() + PATIENCE_S, outcome)
        self._waiters.setdefault(letter.id, []).append(waiter)

    def attached(self, message: Attached) -> None:
        """The file that the first letter waits for has come, or will not."""
        if self._queue and self._queue[0].id == message.letter and self._queue[0].file is None:
            self._news = message
            self.go_on_at = 0.0

    async def go_on(self) -> list[Letter]:
        """Say what can be said now, and return what was settled. What passes is tried again later."""
        settled: list[Letter] = []
        while self._queue and self.go_on_at <= trio.current_time():
            try:
                letter = await self._try(self._queue[0])
            except PortError as error:
                self._later(error.retry_ms / 1_000)
                continue
            if letter is not None:
                self._queue.popleft()
                self._answer(letter)
                settled.append(letter)
        if not self._queue:
            self.go_on_at = inf
        self._lose_patience()
        return settled

    async def give_up(self, error: str) -> None:
        """Nothing that waits will be said. Raises `StoreUnavailable`; then what is left waits still."""
        while self._queue:
            letter = await self._fail(self._queue[0], error)
            self._queue.popleft()
            self._answer(letter)
        self.go_on_at = inf

    async def _try(self, letter: Letter) -> Letter | None:
        """The letter once it is settled; None: not yet, and `go_on_at` or the letter have changed."""
        if letter.attachment is not None and letter.file is None:
            return await self._attach(letter)
        files = None
        if letter.file is not None:
            files = await self._ports.attachments.find(self._scene.bot.who, [letter.file])
            if not files:
                return await self._fail(letter, NO_FILE)
        return await self._say(letter, files)

    async def _attach(self, letter: Letter) -> Letter | None:
        news = self._news
        if news is None:
            self._fetch(letter)
            return None
        settled = await self._fail(letter, news.error) if news.error is not None else None
        if news.file is not None:
            await self._ports.letters.attached(letter.id, news.file)
            self._queue[0] = replace(letter, file=news.file)
        elif settled is None:
            self._later(RETRY_S)
        self._news = None
        return settled

    def _fetch(self, letter: Letter) -> None:
        """Have it fetched; how that went, this actor is told."""
        context = self._scene.context
        order = Fetch(url=letter.attachment or "", type=letter.type, owner=self._scene.bot.id)
        self.go_on_at = inf
        try:
            context.ref("fetcher", context.address.key).tell(order, Awaiting(letter.id, context))
        except Refusal:
            self._later(RETRY_S)

    async def _say(self, letter: Letter, files: list[Attachment] | None) -> Letter | None:
        # What an account writes is no markdown.
        message = Publish(by=self._scene.bot, cid=f"cp-{letter.id}", body=letter.body, html="", attachments=files)
        try:
            outcome = await self._scene.context.ref("conversation", self._scene.subscriber.conv).ask(message)
        except RuntimeFault as fault:
            outcome = refusal_for(fault)
        if isinstance(outcome, Published):
            return await self._ports.letters.sent(letter.id, seq=outcome.seq, message=outcome.id, at=outcome.at)
        refused = outcome if isinstance(outcome, Refused) else LATE
        # `internal` may mean that it was done: then it is done again, and found to be the same.
        if not refused.code.temporary and refused.code is not ErrorCode.INTERNAL:
            return await self._fail(letter, refused.message)
        self._later(RETRY_S if refused.retry_ms is None else refused.retry_ms / 1_000)
        return None

    async def _fail(self, letter: Letter, error: str) -> Letter:
        return await self._ports.letters.fail(letter.id, error, self._ports.clock.now_ms())

    def _later(self, seconds: float) -> None:
        self.go_on_at = trio.current_time() + max(seconds, 0.01)

    def _answer(self, letter: Letter) -> None:
        for waiter in self._waiters.pop(letter.id, ()):
            waiter.reply.answer(waiter.outcome or LetterSaved(letter=letter))

    def _lose_patience(self) -> None:
        now = trio.current_time()
        for number, waiters in list(self._waiters.items()):
            for waiter in waiters:
                if waiter.until <= now:
                    waiter.reply.answer(LATE)
            self._waiters[number] = [waiter for waiter in waiters if waiter.until > now]
            if not self._waiters[number]:
                del self._waiters[number]
