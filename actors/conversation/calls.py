"""Which webhooks and bridges of bots a message calls, and whether the actor of a subscriber or an order is to hear it.

In a direct conversation every bot hears everything, elsewhere what mentions it; a bot that has an address for events is
told of all messages, and so is one with a bridge to the conversation. No bot is called for its own messages. Most
conversations have no bots: there this costs nothing.
"""

from collections.abc import Awaitable, Callable, Iterable
from hashlib import sha256

from actors.bridging import TO_BOT
from actors.chatpion.lanes import HEARD
from actors.conversation.state import State, identities, identity
from actors.messages.changes import Hook
from actors.order.lanes import STAFF
from actors.ports import Addresses
from actors.values import Lane, Who
from protocol.frames import Message

PersonSpoke = Callable[[int], Awaitable[int]]
ID_CHARS = 32


class Calls:
    """The bots of one conversation, as far as their webhooks are concerned."""

    __slots__ = ("_addresses", "_bots", "_is_orders", "_is_subscribers", "_person", "_person_spoke", "_state")

    def __init__(self, state: State, addresses: Addresses, person_spoke: PersonSpoke) -> None:
        self._state = state
        self._addresses = addresses
        self._person_spoke = person_spoke
        self._bots: list[int] | None = None
        self._is_subscribers = False
        self._is_orders = False
        self._person: int | None = None

    def moved(self) -> None:
        """Somebody came or went."""
        self._bots = None

    def rolled_back(self) -> None:
        """What was on its way will not be on disk."""
        self._person = None

    @property
    def possible(self) -> bool:
        """Whether there are bots at all."""
        if self._bots is None:
            self._bots = [who.id for who in self._state.seats if who.kind == "bot"]
            # An account has its bot before the bot has a conversation, and so has a company.
            self._is_subscribers = not self._addresses.speakers.isdisjoint(self._bots)
            self._is_orders = not self._addresses.shops.isdisjoint(self._bots)
        return bool(self._bots)

    @property
    def is_subscribers(self) -> bool:
        """Whether a bot speaks here for an account of ChatPion, to a subscriber."""
        return self.possible and self._is_subscribers

    async def caused_by(self, message: Message, *, webhooks: bool = True) -> list[Hook] | None:
        """The calls of a message that is about to be written; without `webhooks` those of bridges alone.

        Raises `StoreUnavailable`.
        """
        receivers = self._receivers(message)
        lanes = self._lanes(message, receivers) if webhooks else []
        by_bot = message.sender.kind == "bot"
        if not by_bot:
            self._person = message.seq
        person = await self._last_person() if by_bot and lanes else None
        hooks = [self._hook(lane, message, person) for lane in lanes]
        # A bridge is no call that bots could go on with for ever: what comes over it never goes back over it.
        hooks += [self._hook(lane, message, None) for lane in self._bridges(receivers)]
        if self.is_subscribers and not by_bot:
            hooks.append(self._hook(Lane(HEARD, self._state.conv), message, None))
        if self._is_orders and not by_bot:
            hooks.append(self._hook(Lane(STAFF, self._state.conv), message, None))
        return hooks or None

    def _hook(self, lane: Lane, message: Message, person: int | None) -> Hook:
        return Hook(self._id(lane, message), lane.kind, lane.receiver, person)

    def _receivers(self, message: Message) -> list[int]:
        """The bots that may hear of it: first of all most are sorted out, since a room may have many."""
        sender = identity(message.sender)
        receivers = self._addresses.receivers
        return [bot for bot in self._bots or () if bot in receivers and Who("bot", bot) != sender]

    def _bridges(self, bots: Iterable[int]) -> list[Lane]:
        return [lane for lane in (Lane(TO_BOT, bot) for bot in bots) if self._addresses.lead(lane)]

    def _lanes(self, message: Message, bots: Iterable[int]) -> list[Lane]:
        mentioned = identities(message.mentions or ())
        direct = self._state.kind == "direct"
        lanes = []
        for bot in bots:
            if direct or Who("bot", bot) in mentioned:
                lanes.append(Lane("cordless", bot))
            lanes.append(Lane("events", bot))
        return [lane for lane in lanes if self._addresses.lead(lane)]

    async def _last_person(self) -> int:
        if self._person is None:
            self._person = await self._person_spoke(self._state.conv)
        return self._person

    def _id(self, lane: Lane, message: Message) -> str:
        # Derived, so that the same call never has two ids. The epoch and the time keep it from being that of another
        # call after the database was made anew: receivers remember ids.
        about = f"{lane.key} {self._state.epoch} {message.conv} {message.id} {message.at}"
        return f"msg_{sha256(about.encode()).hexdigest()[:ID_CHARS]}"
