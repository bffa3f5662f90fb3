"""What all bots share, and what outlives the sleep of each."""

from typing import Literal, Protocol

from msgspec import Struct

from actors.attendance import Attendance
from actors.bot.saying import Unfinished
from actors.ports import Accounts, Clock, CommandMeters, Commands, Feed, Library, Presences
from actors.switchboard import Switchboard
from actors.values import ManagedBot, Who
from actors.window import Windows


class Revoker(Protocol):
    """Ends sessions whose credential died; `actors.auth.doorman.Doorman` is it."""

    def revoke(self, who: Who, credential: Literal["token"] | None = None) -> None:
        """Close the live sessions that came in by this credential, all for None."""


class Managers(Protocol):
    """What is shown of a bot to those who manage it; `actors.ports.People` is it."""

    async def managed(self, bot: int) -> ManagedBot | None:
        """The bot, unless it was deleted. Raises `StoreUnavailable`."""


class BotPorts(Struct, frozen=True):
    """One for all bots. `lease_ms`: how long a command is held by whom it was handed out to."""

    accounts: Accounts
    managers: Managers
    library: Library
    commands: Commands
    presences: Presences
    switchboard: Switchboard
    attendance: Attendance
    feed: Feed
    revoker: Revoker
    clock: Clock
    meters: CommandMeters
    said: Windows
    unfinished: Unfinished
    lease_ms: int
