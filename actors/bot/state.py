"""What may be done with a bot, and what has to follow. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import UNSET

from actors.faults import refusal_for
from actors.messages.bot import CreateBot, DeleteBot, RegisterBot, RotateBot, UpdateBot
from actors.messages.outcomes import NotAssigned, Published, Refused, Said, bad_request, forbidden, not_found
from actors.values import Caller
from protocol.codes import ErrorCode
from protocol.frames import BotView

Order = CreateBot | UpdateBot | DeleteBot | RotateBot
"""What an owner may have done with a bot."""

UNSAID_RETRY_MS = 1_000
CHANGEABLE = ("name", "webhook_url", "events_url", "json_reply", "avatar", "description", "metadata")


def refusal(message: Order) -> Refused | None:
    """Why the message is refused whatever bot it is about, if it is."""
    if message.by.kind == "bot":
        return forbidden("bots own no bots")
    if isinstance(message, UpdateBot) and not changes(message):
        return bad_request("nothing to change is given", "name")
    if isinstance(message, CreateBot | UpdateBot):
        return _wrong_address(message)
    return None


def owned(by: Caller, bot: BotView | None) -> BotView | Refused:
    """The bot, if it is the caller's to manage. Whose bot it is not does not learn that it exists."""
    if bot is None or not (by.rules_hub or _owns(by, bot)):
        return not_found("bot", "bot")
    return bot


def changes(message: UpdateBot | RegisterBot) -> dict[str, str | None]:
    """What is given; None takes a value away."""
    given = {name: getattr(message, name, UNSET) for name in CHANGEABLE}
    return {name: value for name, value in given.items() if value is not UNSET}


def revoked() -> Refused:
    """The answer to a bot whose credential died after it was let in."""
    return Refused(code=ErrorCode.UNAUTHENTICATED, message="the credential is no longer valid")


def name_taken() -> Refused:
    """The answer to an owner who has a bot of this name already."""
    return Refused(code=ErrorCode.CONFLICT, message="you have a bot of this name already", field="name")


def needed() -> Refused:
    """Somebody would be without a voice."""
    return Refused(code=ErrorCode.CONFLICT, message="an account speaks by this bot")


def over_the_rate(wait_s: float) -> Refused:
    """The answer to a bot that says too much."""
    return Refused(code=ErrorCode.RATE_LIMITED, message="slow down", retry_ms=int(wait_s * 1_000) + 1)


def what_became_of(outcomes: Sequence[object]) -> Said | NotAssigned | Refused:
    """What to tell a bot when every conversation that it spoke to has answered.

    One that it was put out of meanwhile counts for nothing. What failed may be repeated, for the conversations know
    the message by its `cid`; what nobody will ever take (a text too long) may not.
    """
    refusals = [one if isinstance(one, Refused) else refusal_for(one) for one in outcomes if not _is_published(one)]
    failures = [one for one in refusals if one.code not in (ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN)]
    for failure in failures:
        if not (failure.code.temporary or failure.code is ErrorCode.INTERNAL):
            return failure
    if failures:
        retry_ms = max(failure.retry_ms or UNSAID_RETRY_MS for failure in failures)
        return Refused(code=ErrorCode.UNAVAILABLE, message="not said everywhere, repeat it", retry_ms=retry_ms)
    said = len(outcomes) - len(refusals)
    return Said(count=said) if said else NotAssigned()


def _is_published(outcome: object) -> bool:
    return isinstance(outcome, Published)


def _owns(by: Caller, bot: BotView) -> bool:
    return bot.owner is not None and (by.kind, by.id) == (bot.owner.kind, bot.owner.id)


def _wrong_address(message: CreateBot | UpdateBot) -> Refused | None:
    for field in ("webhook_url", "events_url", "avatar"):
        value = getattr(message, field)
        if isinstance(value, str) and not _is_web_address(value):
            return bad_request(f"`{field}` must be an http or https URL", field)
    return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        return False
