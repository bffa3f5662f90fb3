"""The kind "bot", made of what all bots share."""

from typing import Final

from actors.attendance import Attendance
from actors.bot.actor import BotActor
from actors.bot.ports import BotPorts, Managers, Revoker
from actors.bot.saying import Unfinished
from actors.messages.bot import AnyBotMessage
from actors.ports import Accounts, Clock, CommandMeters, Commands, Feed, Library, Presences
from actors.runtime.kind import Kind
from actors.switchboard import Switchboard
from actors.window import Span, Windows

IDLE_S: Final = 30.0
SAY_RATE: Final = Span(10, 60.0)
COMMAND_LEASE_S: Final = 60.0


def bot_kind(
    *,
    accounts: Accounts,
    managers: Managers,
    library: Library,
    commands: Commands,
    presences: Presences,
    switchboard: Switchboard,
    attendance: Attendance,
    feed: Feed,
    revoker: Revoker,
    clock: Clock,
    meters: CommandMeters,
    say_rate: Span = SAY_RATE,
    command_lease_s: float = COMMAND_LEASE_S,
    mailbox_limit: int = 1_024,
) -> Kind[AnyBotMessage]:
    """The kind "bot". Its key is the bot's id, a fresh one for `CreateBot`. `say_rate` bounds what each bot says.

    A command that was handed out is held for `command_lease_s`.
    """
    ports = BotPorts(
        accounts=accounts,
        managers=managers,
        library=library,
        commands=commands,
        presences=presences,
        switchboard=switchboard,
        attendance=attendance,
        feed=feed,
        revoker=revoker,
        clock=clock,
        meters=meters,
        said=Windows(say_rate),
        unfinished=Unfinished(),
        lease_ms=round(command_lease_s * 1_000),
    )
    return Kind(
        name="bot",
        factory=lambda context: BotActor(context, ports),
        messages=AnyBotMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )
