"""What a fetcher of attachments can be told. Its key is the id of the conversation that the file is for."""

from msgspec import Struct

from actors.chatpion.values import LetterType
from actors.messages.outcomes import Outcome


class Message(Struct, frozen=True, tag=True, tag_field="t", kw_only=True):
    """Common part of every message to a fetcher."""


class Fetch(Message, frozen=True, kw_only=True):
    """Have what is at a URL as an upload of the bot `owner`. Answer: `Kept`, `NotFetched`, `Refused`."""

    url: str
    type: LetterType
    owner: int


AnyFetcherMessage = Fetch


class Kept(Outcome, frozen=True, kw_only=True):
    """The file is on disk, for its owner to attach."""

    file: int


class NotFetched(Outcome, frozen=True, kw_only=True):
    """It cannot be had; the reason is meant for people."""

    reason: str
