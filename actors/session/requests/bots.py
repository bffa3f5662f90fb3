"""Bots, which answer for themselves."""

from actors.command_limits import wrong_value
from actors.messages import bot as to
from actors.messages.outcomes import Refused, forbidden
from actors.session.requests.visit import Visit
from protocol.frames import AckCommand, CreateBot, DeleteBot, RotateBot, UpdateBot


async def create(visit: Visit, request: CreateBot) -> Refused | None:
    """Make one under a fresh id."""
    message = to.CreateBot(
        by=visit.caller,
        name=request.name,
        webhook_url=request.webhook_url,
        events_url=request.events_url,
        json_reply=request.json_reply,
        avatar=request.avatar,
        description=request.description,
    )
    return visit.hand_on("bot", visit.ports.numbers.bot(), message)


async def update(visit: Visit, request: UpdateBot) -> Refused | None:
    """Change what is given."""
    message = to.UpdateBot(
        by=visit.caller,
        name=request.name,
        webhook_url=request.webhook_url,
        events_url=request.events_url,
        json_reply=request.json_reply,
        avatar=request.avatar,
        description=request.description,
    )
    return visit.hand_on("bot", request.bot, message)


async def delete(visit: Visit, request: DeleteBot) -> Refused | None:
    """End it."""
    return visit.hand_on("bot", request.bot, to.DeleteBot(by=visit.caller))


async def rotate(visit: Visit, request: RotateBot) -> Refused | None:
    """Replace one credential."""
    return visit.hand_on("bot", request.bot, to.RotateBot(by=visit.caller, credential=request.credential))


async def acknowledge(visit: Visit, request: AckCommand) -> Refused | None:
    """Say what became of a command of the bot that asks."""
    if visit.caller.kind != "bot":
        return forbidden("only bots have commands")
    refused = wrong_value(request.result, "result")
    if refused is not None:
        return refused
    message = to.AckCommand(by=visit.caller, id=request.id, status=request.status, result=request.result)
    return visit.hand_on("bot", visit.caller.id, message)
