"""One thing said in several conversations at once, and how to say it again where it was not said."""

import random
from collections import OrderedDict
from hashlib import sha256
from typing import Final, NamedTuple

import trio

from actors.bot.state import what_became_of
from actors.messages.outcomes import Refused
from actors.runtime.reply import Reply

REPEAT_S: Final = 120.0
BOUND: Final = 1_000


class Saying:
    """Collects the answers of the conversations, as the `ReplyTo` of each; after the last one the bot gets its own."""

    __slots__ = ("_key", "_open", "_outcomes", "_reply", "_unfinished", "cid")

    def __init__(self, bot: int, body: str, unfinished: "Unfinished", reply: Reply, convs: int) -> None:
        self._key = Words(bot, sha256(body.encode(errors="surrogatepass")).digest())
        self._unfinished = unfinished
        self._reply = reply
        self._open = convs
        self._outcomes: list[object] = []
        self.cid = unfinished.take(self._key, trio.current_time()) or _new_cid()

    def answer(self, outcome: object) -> None:
        """One conversation has answered."""
        self._outcomes.append(outcome)
        if len(self._outcomes) < self._open:
            return
        became = what_became_of(self._outcomes)
        if isinstance(became, Refused) and became.code.temporary:
            self._unfinished.put(self._key, self.cid, trio.current_time())
        self._reply.answer(became)


def _new_cid() -> str:
    # Unlike every other one of this bot: it is no secret, so the system need not be asked.
    return f"say-{random.getrandbits(128):032x}"


class Words(NamedTuple):
    """Who said what."""

    bot: int
    digest: bytes


class Unfinished:
    """What was said in some conversations and not in others, by the `cid` that says it there without saying it twice.

    Bounded: the oldest entry is forgotten first, and each after `REPEAT_S`; forgetting means that a repetition is a new
    message. Shared by all bots, so that it outlives their sleep.
    """

    __slots__ = ("_bound", "_entries")

    def __init__(self, bound: int = BOUND) -> None:
        self._bound = bound
        self._entries: OrderedDict[Words, tuple[float, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def take(self, words: Words, now: float) -> str | None:
        """The `cid` to go on with, if this is a repetition. Only one repetition goes on with it at a time."""
        until, cid = self._entries.pop(words, (now, ""))
        return cid if until > now else None

    def put(self, words: Words, cid: str, now: float) -> None:
        """Remember for the repetition."""
        self._entries[words] = (now + REPEAT_S, cid)
        self._entries.move_to_end(words)
        if len(self._entries) > self._bound:
            self._entries.popitem(last=False)
