"""Calls that stay in the hub: the two directions of a bridge, see `actors.bridging`."""

from typing import Final

from msgspec import Struct

from actors.bridging import SEND_MESSAGE, command_id, payload
from actors.messages.bot import QueueCommand
from actors.messages.conversation import Publish
from actors.messages.outcomes import CommandSaved, Published, Refused
from actors.ports import Bridges, Library
from actors.runtime.actor import Context
from actors.values import Call, Caller, Lane, Verdict, Who
from actors.webhook.errands import refused, until_heard
from protocol.codes import ErrorCode

PATIENCE_S: Final = 5.0
NO_BOT: Final = Verdict("dead", "no bot")


class Inside(Struct, frozen=True, kw_only=True):
    """What bridges need of the hub. `base_url` is what the paths of files follow."""

    library: Library
    bridges: Bridges
    base_url: str


class ToBot:
    """The `Errand` that makes messages of a conversation commands of the bot."""

    __slots__ = ("_context", "_inside", "_who")

    def __init__(self, context: Context, lane: Lane, inside: Inside) -> None:
        self._context = context
        self._inside = inside
        self._who = Who("bot", lane.receiver)

    async def carry_out(self, call: Call) -> Verdict:
        """Queue the command, unless the bridge, the message or the bot's place in the conversation is gone."""
        bridge = await self._inside.bridges.bridge(self._who.id, call.conv)
        if bridge is None:
            return Verdict("done", "no bridge")
        message = await self._inside.library.shown(self._who, call.conv, call.message)
        if message is None or message.deleted:
            return Verdict("done", "deleted")
        bot = await _caller(self._inside.library, self._who)
        if bot is None:
            return NO_BOT
        said = payload(bridge, message, self._inside.base_url)
        queue = QueueCommand(by=bot, id=command_id(call), kind=SEND_MESSAGE, payload=said)
        outcome = await until_heard(self._context.ref("bot", bot.id), queue, PATIENCE_S)
        if isinstance(outcome, CommandSaved):
            return Verdict("done", "queued")
        if isinstance(outcome, Refused) and outcome.code is ErrorCode.BUSY:
            # It has thousands of commands and fetches none. To wait for it would pile up the same once more.
            return Verdict("dead", outcome.code.value)
        return refused(outcome)


class ToRoom:
    """The `Errand` that says in a conversation what the bot told of a thread. The call's id is the `cid`."""

    __slots__ = ("_context", "_inside", "_who")

    def __init__(self, context: Context, lane: Lane, inside: Inside) -> None:
        self._context = context
        self._inside = inside
        self._who = Who("bot", lane.receiver)

    async def carry_out(self, call: Call) -> Verdict:
        """Say it, unless the bot is no member any more."""
        bot = await _caller(self._inside.library, self._who)
        if bot is None:
            return NO_BOT
        # It was no markdown where it was written.
        message = Publish(by=bot, cid=call.id, body=call.body or "", html="")
        outcome = await until_heard(self._context.ref("conversation", call.conv), message, PATIENCE_S)
        return Verdict("done", "said") if isinstance(outcome, Published) else refused(outcome)


async def _caller(library: Library, who: Who) -> Caller | None:
    actor = (await library.actors([who])).get(who)
    return None if actor is None else Caller("bot", who.id, actor.name, "bot")
