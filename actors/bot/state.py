"""What may be done with a bot, and what has to follow. Pure."""

from urllib.parse import urlsplit

from msgspec import UNSET

from actors.messages.bot import AnyBotMessage, CreateBot, UpdateBot
from actors.messages.outcomes import Refused, bad_request, forbidden, not_found
from actors.values import Caller
from protocol.frames import BotView

CHANGEABLE = ("name", "webhook_url", "avatar", "description")


def refusal(message: AnyBotMessage) -> Refused | None:
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


def changes(message: UpdateBot) -> dict[str, str | None]:
    """What is given; None takes a value away."""
    given = {name: getattr(message, name) for name in CHANGEABLE}
    return {name: value for name, value in given.items() if value is not UNSET}


def _owns(by: Caller, bot: BotView) -> bool:
    return bot.owner is not None and (by.kind, by.id) == (bot.owner.kind, bot.owner.id)


def _wrong_address(message: CreateBot | UpdateBot) -> Refused | None:
    for field in ("webhook_url", "avatar"):
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
