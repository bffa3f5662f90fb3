"""What may be done with a bot, and what has to follow. Pure."""

from urllib.parse import urlsplit

from msgspec import UNSET

from actors.messages.bot import AnyBotMessage, CreateBot, UpdateBot
from actors.messages.outcomes import Refused, bad_request, forbidden, not_found
from actors.values import Caller
from protocol.frames import BotView

CHANGEABLE = ("name", "webhook_url", "avatar", "description")


def refusal(message: AnyBotMessage, bot: BotView | None) -> Refused | None:
    """Why the message is refused, if it is. `bot` is the one it is about, None if there is none.

    Whose bot it is not does not learn that it exists.
    """
    refused = _may_make(message.by) if isinstance(message, CreateBot) else _may_manage(message.by, bot)
    if refused is None and isinstance(message, CreateBot | UpdateBot):
        refused = _wrong_values(message)
    return refused


def changes(message: UpdateBot) -> dict[str, str | None]:
    """What is given; None takes a value away."""
    given = {name: getattr(message, name) for name in CHANGEABLE}
    return {name: value for name, value in given.items() if value is not UNSET}


def _may_make(by: Caller) -> Refused | None:
    return forbidden("bots own no bots") if by.kind == "bot" else None


def _may_manage(by: Caller, bot: BotView | None) -> Refused | None:
    if bot is None or not (by.rules_hub or _owns(by, bot)):
        return not_found("bot", "bot")
    return None


def _owns(by: Caller, bot: BotView) -> bool:
    return bot.owner is not None and (by.kind, by.id) == (bot.owner.kind, bot.owner.id)


def _wrong_values(message: CreateBot | UpdateBot) -> Refused | None:
    if isinstance(message, UpdateBot) and not changes(message):
        return bad_request("nothing to change is given", "name")
    for field in ("webhook_url", "avatar"):
        value = getattr(message, field)
        if isinstance(value, str) and not _is_web_url(value):
            return bad_request(f"`{field}` must be an http or https URL", field)
    return None


def _is_web_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        return False
