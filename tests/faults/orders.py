"""Orders to bots and accounts that fail once: whoever gave one gives it again, and it is done once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio

from actors.messages import account, bot
from actors.messages.outcomes import CommandsLeased
from actors.values import Command, Who
from protocol import frames
from tests.faults.drama import BOT, ROOM, Drama

Cue = Callable[[Drama], Awaitable[object]]
ALICE, BOB, DAVE = 1, 2, 4


async def twice(drama: Drama, kind: str, key: int | str, message: Any) -> object:
    """Tell the actor this, and again; the outcome is what the sender was answered first."""
    outcome = await drama.tell(kind, key, message)
    await drama.tell(kind, key, message)
    return outcome


def stored(drama: Drama) -> list[Command]:
    """All commands."""
    return [row.command for row in drama.stage.store.commands.rows]


def is_member(drama: Drama, who: Who) -> bool:
    """Whether they are in ROOM."""
    room = drama.stage.store.rooms.get(ROOM)
    return room is not None and who in room.members


async def give(drama: Drama) -> None:
    """Put a command called "c" into the bot's queue."""
    await drama.tell("bot", BOT, bot.QueueCommand(by=drama.alice, id="c", kind="go", payload={}))


async def queue(drama: Drama) -> object:
    order = bot.QueueCommand(by=drama.alice, id="c", kind="go", payload={})
    outcome = await twice(drama, "bot", BOT, order)
    assert [command.id for command in stored(drama)] == ["c"]
    return outcome


async def poll(drama: Drama) -> object:
    """Nobody gets a command that somebody else was given."""
    await give(drama)
    order = bot.PollCommands(by=drama.login.caller, credential_id=drama.login.credential_id, limit=5)
    answers = [await drama.tell("bot", BOT, order) for _ in range(2)]
    leased = [command.id for answer in answers if isinstance(answer, CommandsLeased) for command in answer.commands]
    assert leased == ["c"]
    return answers[0]


async def acknowledge(drama: Drama) -> object:
    await give(drama)
    credential = drama.login.credential_id
    order = bot.AckCommand(by=drama.login.caller, credential_id=credential, id="c", status="completed", result=1)
    outcome = await twice(drama, "bot", BOT, order)
    assert [(command.status, command.result) for command in stored(drama)] == [("completed", 1)]
    return outcome


async def acknowledge_at_the_desk(drama: Drama) -> object:
    await give(drama)
    client = await drama.sign_in("ci", "ci")
    answers = [await drama.ask("ci", t="command.ack", id="c", status="completed") for _ in range(2)]
    assert answers[1]["t"] == "ok"
    assert [command.status for command in stored(drama)] == ["completed"]
    client.leave()
    del drama.clients["ci"], drama.heard["ci"]
    return answers[0]


async def report(drama: Drama) -> object:
    outcome = await twice(drama, "bot", BOT, bot.ReportStatus(by=drama.login.caller, online=True))
    assert drama.stage.store.presences.saved[-1].online
    assert drama.stage.attendance.count() == 1
    return outcome


async def register(drama: Drama) -> object:
    order = bot.RegisterBot(by=drama.login.caller, credential_id=drama.login.credential_id, name="robot")
    outcome = await twice(drama, "bot", BOT, order)
    assert drama.stage.store.accounts.name_of(Who("bot", BOT)) == "robot"
    return outcome


async def attend(drama: Drama) -> None:
    """The bot comes while its actor fails: that is told all the same, and once."""
    drama.stage.attendance.opened(BOT, "socket")
    await trio.sleep(5)
    assert [event["bot_id"] for event in drama.stage.feed.events("bot_update")] == [str(BOT)]
    assert drama.stage.attendance.count() == 1
    drama.stage.attendance.closed(BOT, "socket")


async def bury(drama: Drama) -> object:
    await drama.stage.store.accounts.delete_bot(BOT)
    outcome = await twice(drama, "bot", BOT, bot.BuryBot(by=drama.login.caller))
    await trio.sleep(1)
    assert not is_member(drama, Who("bot", BOT))
    assert ("bot", BOT) in drama.stage.feed.ended
    return outcome


async def change_profile(drama: Drama) -> object:
    outcome = await twice(drama, "account", DAVE, account.ChangeProfile(changes={"fullname": "David"}))
    assert drama.stage.store.accounts.user(DAVE).fullname == "David"
    return outcome


async def change_password(drama: Drama) -> object:
    outcome = await twice(drama, "account", BOB, account.ChangePassword(new_hash="new", instead_of=None))
    assert drama.stage.store.accounts.user(BOB).password_hash == "new"
    return outcome


async def reset_password(drama: Drama) -> object:
    token = await drama.stage.sessions.offer_reset(BOB)
    outcome = await twice(drama, "account", BOB, account.ResetPassword(token=token, new_hash="new"))
    assert drama.stage.store.accounts.user(BOB).password_hash == "new"
    assert await drama.stage.sessions.reset_of(token) is None
    return outcome


async def sign_out(drama: Drama) -> object:
    drama.stage.store.accounts.user(BOB).password_hash = "known"
    token = await drama.stage.sessions.open(BOB, "known")
    outcome = await twice(drama, "account", BOB, account.SignOut(token=token, session_id="s"))
    assert await drama.stage.sessions.find(token) is None
    assert ("session", "s") in drama.stage.feed.ended
    return outcome


async def delete_account(drama: Drama) -> object:
    outcome = await twice(drama, "account", DAVE, account.DeleteAccount(by=drama.caller(DAVE)))
    await trio.sleep(1)
    assert drama.stage.store.accounts.living(Who("user", DAVE)) is None
    assert not is_member(drama, Who("user", DAVE))
    return outcome


async def forget(drama: Drama) -> None:
    """Nobody waits for the helpdesk: who gets no letter asks again."""
    drama.stage.store.accounts.user(ALICE).email = "alice@example.org"
    for _ in range(2):
        drama.stage.system.ref("helpdesk", "hub").tell(account.Forgot(email="alice@example.org"))
        await trio.sleep(5)
    token = drama.stage.mailer.posted[-1].link.partition("token=")[2]
    assert await drama.stage.sessions.reset_of(token) == ALICE


AT_BOTS: dict[type, Cue] = {
    bot.QueueCommand: queue,
    bot.PollCommands: poll,
    bot.AckCommand: acknowledge,
    bot.ReportStatus: report,
    bot.RegisterBot: register,
    bot.Attend: attend,
    bot.BuryBot: bury,
}
AT_ACCOUNTS: dict[type, Cue] = {
    account.ChangeProfile: change_profile,
    account.ChangePassword: change_password,
    account.ResetPassword: reset_password,
    account.SignOut: sign_out,
    account.DeleteAccount: delete_account,
}
AT_THE_HELPDESK: dict[type, Cue] = {account.Forgot: forget}
AT_DESKS: dict[type, Cue] = {frames.AckCommand: acknowledge_at_the_desk}
