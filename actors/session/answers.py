"""What an outcome looks like on the native wire: the one place where outcomes become `ok` and `error`. Pure."""

from typing import cast

from actors.faults import refusal_for
from actors.messages.outcomes import (
    AnyOutcome,
    BotSaved,
    Changed,
    CommandSaved,
    CommandsLeased,
    Described,
    Done,
    NotAssigned,
    NotMember,
    Outcome,
    Published,
    Refused,
    Said,
    SessionBegun,
    UserSaved,
    not_found,
)
from protocol.frames import Error, Ok


def answer_to(ref: int, outcome: object) -> Ok | Error:
    """The answer to the request with this `ref`. A frame as outcome is the answer already."""
    if isinstance(outcome, Ok | Error):
        return outcome
    if isinstance(outcome, Outcome):
        return ok_or_refused(ref, cast("AnyOutcome", outcome))
    return error(ref, refusal_for(outcome))


def ok_or_refused(ref: int, outcome: AnyOutcome) -> Ok | Error:
    """What an actor answered."""
    match outcome:
        case Published(conv=conv, seq=seq, id=id, at=at, dup=dup):
            return Ok(ref=ref, conv=conv, seq=seq, id=id, at=at, dup=dup)
        case Changed(seq=seq):
            return Ok(ref=ref, seq=seq)
        case Described(summary=summary):
            return Ok(ref=ref, conversation=summary)
        case BotSaved(bot=bot):
            return Ok(ref=ref, bot=bot)
        case UserSaved(user=user):
            return Ok(ref=ref, user=user)
        case Done() | Said() | SessionBegun() | CommandSaved() | CommandsLeased():
            return Ok(ref=ref)
        case NotMember() | NotAssigned():
            return error(ref, not_found("conversation", "conv"))
        case Refused():
            return error(ref, outcome)


def error(ref: int | None, refused: Refused) -> Error:
    """The `error` frame for a refusal."""
    return Error(
        ref=ref,
        code=refused.code.value,
        message=refused.message,
        retry_ms=refused.retry_ms,
        field=refused.field,
    )
