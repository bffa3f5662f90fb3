"""Bots as people write them: with `asks` on trio, a session and one request at a time for each.

They have processes without listeners: a loop that is busy with such a client sees too late what arrives meanwhile.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from time import monotonic_ns, sleep
from typing import Any, Final, TypeAlias

import anyio
import trio

from loadtest import machine
from loadtest.crew import Crew
from loadtest.errors import UsageError
from loadtest.marks import Mark, Marks
from loadtest.pacer import NS, Pacer
from loadtest.readings import Reading, own
from loadtest.recorder import Recorder
from loadtest.rest import PATH, Answer, message_fields
from loadtest.run import AHEAD_NS, SENDS_A_TURN, TEXT
from loadtest.scene import PATIENCE_S
from loadtest.share import Heard, Share
from loadtest.tally import Account, Tally

NAP_S: Final = 0.005

Queue: TypeAlias = "trio.MemoryReceiveChannel[tuple[int, int]]"


def client() -> Any:
    """Return the module `asks`. Raises UsageError when it is not installed."""
    try:
        return importlib.import_module("asks")
    except ModuleNotFoundError as error:
        raise UsageError("client: asks is not installed; `make asks` or `uv sync --group asks` installs it") from error


class AsksBots:
    """The bots that post from this process into one room; `keys` by their numbers, of which there are `bots` in all."""

    def __init__(self, url: str, keys: Mapping[int, str], bots: int) -> None:
        self._asks = client()
        self._url = f"{url}{PATH}"
        self._keys = keys
        self._bots = bots
        self._tally = Tally()
        self._said = Account()
        self._late = Recorder()
        self._answer = trio.Event()
        self._lines: dict[int, trio.MemorySendChannel[tuple[int, int]]] = {}

    def take_part(self, crew: Crew, pacer_from: Callable[[int], Pacer], warm_up_s: float) -> None:
        """Post what is due by the pacer that begins at the common start; hand over the share, and do not return."""
        start_ns = crew.start(_nap)
        self._tally.measure_from_ns = start_ns + round(warm_up_s * NS)
        marks = trio.run(self._post_all, pacer_from(start_ns), crew.tick)
        crew.expected([self._said.sum()], _nap)
        crew.gather(self._share(marks), _nap)

    async def _post_all(self, pacer: Pacer, tick: Callable[[Reading], object]) -> list[Mark]:
        async with trio.open_nursery() as nursery:
            for number, key in self._keys.items():
                self._lines[number], messages = trio.open_memory_channel[tuple[int, int]](math.inf)
                nursery.start_soon(self._serve, key, messages)
            marks = await self._offer(pacer, tick)
            await self._last_answers()
            nursery.cancel_scope.cancel()
        return marks

    async def _offer(self, pacer: Pacer, tick: Callable[[Reading], object]) -> list[Mark]:
        begin_ns, end_ns = self._tally.measure_from_ns - AHEAD_NS, pacer.end_ns - AHEAD_NS
        while monotonic_ns() < begin_ns:
            await self._turn(pacer, begin_ns)
        self._late = Recorder()
        marks = Marks(begin_ns, end_ns, partial(own, self._tally))
        while monotonic_ns() < end_ns:
            await self._turn(pacer, end_ns)
            reading = marks.look(monotonic_ns())
            if reading is not None:
                tick(reading)
        taken = marks.end()
        while not pacer.exhausted:
            await self._turn(pacer, pacer.end_ns)
        return taken

    async def _turn(self, pacer: Pacer, until_ns: int) -> None:
        """Hand what is due to its bots, and let them work until the next is, or until `until_ns`."""
        for number, due_ns in islice(pacer.due(monotonic_ns()), SENDS_A_TURN):
            self._lines[number % self._bots].send_nowait((number + 1, due_ns))
            self._tally.sent(number + 1, due_ns, monotonic_ns(), self._said)
        next_ns = min(pacer.next_ns() or until_ns, until_ns)
        await trio.sleep(max(next_ns - monotonic_ns(), 0) / NS)
        self._late.add(max(monotonic_ns() - next_ns, 0))

    async def _last_answers(self) -> None:
        """Wait until all is answered, as long as anything still is."""
        while self._tally.unanswered:
            self._answer = trio.Event()
            with trio.move_on_after(PATIENCE_S) as patience:
                await self._answer.wait()
            if patience.cancelled_caught:
                return

    async def _serve(self, key: str, messages: Queue) -> None:
        async with self._asks.Session(connections=1) as session:
            async for ref, due_ns in messages:
                problem = await self._post(session, message_fields(key, due_ns, TEXT))
                self._tally.answered(ref, problem, monotonic_ns())
                self._answer.set()

    async def _post(self, session: Any, fields: Mapping[str, str]) -> str | None:
        """Return why a message is not on disk; None when it is."""
        try:
            answer = await session.post(self._url, data=fields, retries=0)  # repeated, it might be said twice
        except (self._asks.AsksException, anyio.BrokenResourceError, anyio.EndOfStream, OSError) as error:
            return f"{type(error).__name__} {error}".rstrip()
        return Answer(answer.status_code, answer.content).problem

    def _share(self, marks: list[Mark]) -> Share:
        return Share(
            core=machine.own_core(),
            marks=marks,
            latency=b"",
            acks=self._tally.ack_latency.packed(),
            lag=self._tally.lag.packed(),
            turns=self._late.packed(),
            rooms=[Heard(self._said.sum(), [])],
            errors=dict(self._tally.errors),
            unanswered=self._tally.unanswered,
            lost=[],
        )


def _nap() -> None:
    sleep(NAP_S)
