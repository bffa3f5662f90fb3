"""What bots report as it comes in and as it is shown: logs and messages. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from msgspec import UNSET, Meta, Struct

from actors.times import iso
from actors.values import BotLog, BotMessage
from http_edge.dialects.botmanager.errors import bad_input
from http_edge.dialects.botmanager.reading import convert, kept_object

MAX_AT_ONCE: Final = 1_000
MAX_CHARS: Final = 10_000
CLIENT_TIME: Final = "client_timestamp"

Identifier = str | int | float | None
M = TypeVar("M", bound="Report")


class Report(Struct, frozen=True, kw_only=True):
    """What both have in common. The times are the hub's: a bot's own is kept in the metadata, as `client_timestamp`."""

    message: str
    metadata: dict[str, Any] | None = None
    timestamp: Any = UNSET

    def text(self) -> str:
        """As much of the message as is kept."""
        return self.message[:MAX_CHARS]

    def kept_metadata(self) -> dict[str, Any]:
        """What is kept beside the message. Raises `Failed`."""
        known = {} if self.timestamp is UNSET else {CLIENT_TIME: self.timestamp}
        metadata = {**(self.metadata or {}), **known}
        kept_object(metadata, "metadata")
        return metadata


class LogReport(Report, frozen=True, kw_only=True):
    """A line that a bot writes."""

    type: Annotated[str, Meta(max_length=32)] = "info"

    def record(self, bot: int, at: int) -> BotLog:
        """It as it is kept. Raises `Failed`."""
        return BotLog(bot=bot, at=at, type=self.type, message=self.text(), metadata=self.kept_metadata())


class MessageReport(Report, frozen=True, kw_only=True):
    """What was said where the bot is."""

    author_id: Identifier = None
    author_name: str | None = None
    thread_id: Identifier = None
    thread_type: Literal["GROUP", "USER"] = "USER"

    def record(self, bot: int, at: int) -> BotMessage:
        """It as it is kept. Raises `Failed`."""
        return BotMessage(
            bot=bot,
            at=at,
            message=self.text(),
            author_id=_identifier(self.author_id),
            author_name=self.author_name,
            thread_id=_identifier(self.thread_id),
            thread_type=self.thread_type,
            metadata=self.kept_metadata(),
        )


class LogView(Struct, frozen=True):
    """A line that a bot wrote."""

    type: str
    message: str
    timestamp: str
    metadata: dict[str, Any]
    bot_id: str


class MessageView(Struct, frozen=True):
    """What was said where a bot is."""

    bot_id: str
    message: str
    author_id: str | None
    author_name: str | None
    thread_id: str | None
    thread_type: Literal["GROUP", "USER"]
    timestamp: str
    metadata: dict[str, Any]


def reports(document: Any, model: type[M]) -> list[M]:
    """The one report that a body is, or all that it lists. Raises `Failed`, 400."""
    if not isinstance(document, list):
        return [convert(document, model)]
    if len(document) > MAX_AT_ONCE:
        raise bad_input(f"{MAX_AT_ONCE} at once at most")
    return [convert(each, model) for each in document]


def log_view(log: BotLog) -> LogView:
    """A log as it is shown."""
    return LogView(log.type, log.message, iso(log.at), log.metadata, str(log.bot))


def message_view(message: BotMessage) -> MessageView:
    """A message as it is shown."""
    return MessageView(
        bot_id=str(message.bot),
        message=message.message,
        author_id=message.author_id,
        author_name=message.author_name,
        thread_id=message.thread_id,
        thread_type=message.thread_type,
        timestamp=iso(message.at),
        metadata=message.metadata,
    )


def _identifier(value: Identifier) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
