"""Which bots are there: who holds a connection, who wants commands pushed, and when each was last heard of.

This outlives the bots' actors, which sleep and may fail; so nothing that is noted here is lost with them. Whoever sees
a sign of life (a session, a socket, a request with the bot's token) notes it here, and the bot's actor is called to
look when there may be something to do about it. All of it is synchronous and in one thread. What must outlive the
process too, the actor saves.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import NamedTuple

import trio

from actors.ports import Clock, CommandSink
from actors.values import BotSeen


class Line(NamedTuple):
    """A connection of a bot that takes commands."""

    id: str
    sink: CommandSink


class Standing:
    """What is known of one bot.

    `lines`: its connections, oldest first, with the way to those that take commands. `ended`: those of them that took
    some, and whose leases are still to be given back. `heard_at`: the last sign of life, in monotonic seconds.
    `signed_off`: it said that it goes, and no sign came since. `told`: as what it was last announced.
    """

    __slots__ = ("ended", "heard_at", "last_active", "lines", "signed_off", "told")

    def __init__(self) -> None:
        self.lines: dict[str, CommandSink | None] = {}
        self.ended: list[str] = []
        self.heard_at = -inf
        self.last_active: int | None = None
        self.signed_off = False
        self.told = False

    def present(self, now: float, grace_s: float) -> bool:
        """Whether the bot is online."""
        return not self.signed_off and (bool(self.lines) or now < self.heard_at + grace_s)

    @property
    def newest(self) -> Line | None:
        """The connection that gets the commands: the youngest that takes any."""
        lines = (Line(name, sink) for name, sink in reversed(self.lines.items()) if sink is not None)
        return next(lines, None)


class Attendance:
    """One for the hub. `call` has a bot's actor look at its standing; `grace_s`: so long a silent bot is online."""

    def __init__(
        self,
        *,
        clock: Clock,
        grace_s: float,
        call: Callable[[int], None],
        monotonic: Callable[[], float] = trio.current_time,
    ) -> None:
        self.grace_s = grace_s
        self._clock = clock
        self._call = call
        self._monotonic = monotonic
        self._standings: dict[int, Standing] = {}

    # ------------------------------------------------------------------------------------------- signs of life

    def seen(self, bot: int) -> None:
        """The bot's token came with a request."""
        standing = self._hear(bot)
        if not standing.told:
            self._call(bot)

    def opened(self, bot: int, line: str, sink: CommandSink | None = None) -> None:
        """The bot holds a connection of this name, which is its own and never given again; `sink`: and takes commands.

        Told again with a sink, the connection takes commands from now on, as the newest.
        """
        standing = self._hear(bot)
        standing.lines.pop(line, None)
        standing.lines[line] = sink
        self._call(bot)

    def closed(self, bot: int, line: str) -> None:
        """The connection has ended; one that is not known is no error."""
        standing = self._standings.get(bot)
        if standing is None or line not in standing.lines:
            return
        if standing.lines.pop(line) is not None:
            standing.ended.append(line)
        if not standing.signed_off:
            self._hear(bot)
        self._call(bot)

    # ------------------------------------------------------------------------------------------------- answers

    def online(self, bot: int) -> bool:
        """Whether the bot is there."""
        standing = self._standings.get(bot)
        return standing is not None and standing.present(self._monotonic(), self.grace_s)

    def last_active(self, bot: int) -> int | None:
        """When the bot was last there, ms since the epoch; None: never."""
        standing = self._standings.get(bot)
        if standing is None:
            return None
        if standing.lines and not standing.signed_off:
            standing.last_active = self._clock.now_ms()
        return standing.last_active

    def count(self) -> int:
        """How many bots are online, as it was last told."""
        return sum(standing.told for standing in self._standings.values())

    # ---------------------------------------------------------------------------------------- for bots' actors

    def find(self, bot: int) -> Standing | None:
        """What is known of the bot, None for nothing."""
        return self._standings.get(bot)

    def standing(self, bot: int) -> Standing:
        """What is known of the bot, to be noted in; made on first use."""
        standing = self._standings.get(bot)
        if standing is None:
            standing = self._standings[bot] = Standing()
        return standing

    def noted(self, bot: int, *, online: bool) -> Standing:
        """The bot says itself that it is there, or that it goes; its actor tells of it."""
        standing = self._hear(bot)
        standing.signed_off = not online
        return standing

    def forget(self, bot: int) -> None:
        """The bot is no more; whoever still has its standing finds it gone."""
        standing = self._standings.pop(bot, None)
        if standing is not None:
            standing.lines.clear()
            standing.ended.clear()
            standing.signed_off, standing.told = True, False

    def recall(self, known: Iterable[BotSeen]) -> None:
        """Begin with what an earlier run saved: who was online then is, until its grace has passed from now on."""
        for seen in known:
            standing = self.standing(seen.bot)
            standing.last_active = seen.last_active
            standing.told = seen.online
            if seen.online:
                standing.heard_at = self._monotonic()

    def call_all(self) -> None:
        """Have everybody look who was told to be online."""
        for bot in [bot for bot, standing in self._standings.items() if standing.told]:
            self._call(bot)

    def _hear(self, bot: int) -> Standing:
        standing = self.standing(bot)
        standing.heard_at = self._monotonic()
        standing.last_active = self._clock.now_ms()
        standing.signed_off = False
        return standing
