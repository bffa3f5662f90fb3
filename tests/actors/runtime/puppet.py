"""An actor that does what it is told, and a stage on which everything it does is written down."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trio
import trio.testing
from msgspec import Struct

from actors.runtime import Actor, Context, Failure, Kind, NoSuchActor, Ref, Reply, System

GHOST = "ghost"
"""A key with nothing behind it."""


class Message(Struct, frozen=True, tag=True):
    """Common part of everything that a puppet is told."""


class Say(Message, frozen=True):
    """Answer the text."""

    text: str


class Fail(Message, frozen=True):
    """Raise `Boom`."""


class Keep(Message, frozen=True):
    """Answer later."""


class Give(Message, frozen=True):
    """Answer all that is kept, in order, then this."""


class Take(Message, frozen=True):
    """Be busy for so long, then answer "took"."""

    seconds: float


class Doze(Message, frozen=True):
    """Be put to sleep soon. Answers "dozing"."""


class Wake(Message, frozen=True):
    """Set the deadline so many seconds from now; None unsets it. Answers "set"."""

    seconds: float | None


class Again(Message, frozen=True):
    """Tell yourself to say the text. Answers "told"."""

    text: str


AnyMessage = Say | Fail | Keep | Give | Take | Doze | Wake | Again


class Boom(Exception):
    """What a puppet raises."""


class Stage:
    """What puppets did, as `key: what` lines, and what goes wrong with them next."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self.seen: list[str] = []
        self.failures: list[Failure] = []
        self.fail_at: Counter[str] = Counter()
        """So many of the next calls of this method fail."""
        self.slow: dict[str, float] = {}
        """So many seconds each call of this method takes."""
        self.may_sleep = True
        self.break_when_cancelled = False
        self.kept: list[Reply] = []
        """Every reply that was ever kept."""
        self.missing: set[int | str] = {GHOST}
        """Nothing exists under these keys."""
        self.lives: Counter[int | str] = Counter()
        self.busy: set[int | str] = set()

    def kind(self, name: str = "puppet", **options: Any) -> Kind[AnyMessage]:
        """A kind of puppets that play on this stage."""
        return Kind(name=name, factory=lambda context: Puppet(context, self), messages=AnyMessage, **options)

    async def play(self, *kinds: Kind[Any], **options: Any) -> System:
        """A running system of `kinds`, or of puppets with `options`; every message goes through the codec."""
        system = System(kinds or [self.kind(**options)], codec_check=True, on_failure=self.failures.append)
        await self._nursery.start(system.run)
        return system

    def said(self, key: int | str = 1) -> list[str]:
        """What the puppet did since the last look, without its name."""
        prefix = f"{key}: "
        lines = [line.removeprefix(prefix) for line in self.seen if line.startswith(prefix)]
        self.seen = [line for line in self.seen if not line.startswith(prefix)]
        return lines

    def fail(self, method: str) -> None:
        """Raise if that was asked for."""
        if self.fail_at[method] > 0:
            self.fail_at[method] -= 1
            raise Boom(method)


class Puppet(Actor[AnyMessage]):
    """Fails if it plays twice under one key at a time."""

    def __init__(self, context: Context, stage: Stage) -> None:
        self._context = context
        self._stage = stage
        self._key = context.address.key
        self._kept: list[Reply] = []
        stage.lives[self._key] += 1
        self._life = stage.lives[self._key]

    async def start(self) -> None:
        if self._key in self._stage.missing:
            raise NoSuchActor(self._context.address)
        await self._cue("start")

    async def receive(self, message: AnyMessage, reply: Reply) -> None:
        with self._turn():
            match message:
                case Say(text):
                    self._note(f"say {text}")
                    reply.answer(text)
                case Fail():
                    self._note("fail")
                    raise Boom("as told")
                case Keep():
                    self._note("keep")
                    self._kept.append(reply)
                    self._stage.kept.append(reply)
                case Give():
                    self._give("given")
                    reply.answer("gave")
                case Take(seconds):
                    await self._be_busy(seconds)
                    reply.answer("took")
                case Doze():
                    self._context.sleep_soon()
                    reply.answer("dozing")
                case Wake(seconds):
                    self._context.wake_at(None if seconds is None else trio.current_time() + seconds)
                    reply.answer("set")
                case Again(text):
                    self._context.tell_self(Say(text))
                    reply.answer("told")

    async def wake(self) -> None:
        await self._cue("wake")

    def may_sleep(self) -> bool:
        with self._turn():
            self._stage.fail("may_sleep")
            return self._stage.may_sleep

    async def wind_down(self) -> None:
        await self._cue("wind_down")
        self._give("wound down")

    async def stop(self) -> None:
        await self._cue("stop")

    async def _cue(self, method: str) -> None:
        with self._turn():
            self._note(method)
            if method in self._stage.slow:
                await trio.sleep(self._stage.slow[method])
            self._stage.fail(method)

    async def _be_busy(self, seconds: float) -> None:
        try:
            await trio.sleep(seconds)
        except trio.Cancelled as cancelled:
            if self._stage.break_when_cancelled:
                raise BaseExceptionGroup("both", [cancelled, Boom("on the way out")]) from None
            raise
        self._note("take")

    def _note(self, what: str) -> None:
        self._stage.seen.append(f"{self._key}: {what}")

    def _give(self, outcome: str) -> None:
        kept, self._kept = self._kept, []
        for reply in kept:
            reply.answer(outcome)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        assert self._key not in self._stage.busy, "two at once"
        assert self._life == self._stage.lives[self._key], "a former life"
        self._stage.busy.add(self._key)
        try:
            yield
        finally:
            self._stage.busy.remove(self._key)


class Letterbox:
    """A `ReplyTo` that keeps what comes."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.outcomes: list[object] = []
        self._then = then

    def answer(self, outcome: object) -> None:
        self.outcomes.append(outcome)
        self._then()

    @property
    def only(self) -> object:
        """The one outcome."""
        assert len(self.outcomes) == 1, self.outcomes
        return self.outcomes[0]


def tell(ref: Ref, message: AnyMessage, *, urgent: bool = False) -> Letterbox:
    """Tell, with a letterbox for the outcome."""
    box = Letterbox()
    ref.tell(message, box, urgent=urgent)
    return box


async def settle() -> None:
    """Let everybody do what can be done without time passing."""
    await trio.testing.wait_all_tasks_blocked()
