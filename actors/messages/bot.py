"""What a bot can be told. Its key is the bot's id."""

from msgspec import UNSET, Struct, UnsetType

from actors.messages.conversation import Delete, Edit, Publish, React
from actors.values import Caller
from protocol.frames import Credential, JsonReply


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to a bot."""

    by: Caller


class CreateBot(Message, frozen=True, kw_only=True):
    """Make this bot, whose key is a fresh id. Answer: `BotSaved` with all its secrets."""

    name: str
    webhook_url: str | None = None
    events_url: str | None = None
    json_reply: JsonReply = "attach"
    avatar: str | None = None
    description: str | None = None


class UpdateBot(Message, frozen=True, kw_only=True):
    """Change what is given. Answer: `BotSaved`."""

    name: str | UnsetType = UNSET
    webhook_url: str | UnsetType | None = UNSET
    events_url: str | UnsetType | None = UNSET
    json_reply: JsonReply | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET


class DeleteBot(Message, frozen=True, kw_only=True):
    """End the bot. Answer: `Done`."""


class RotateBot(Message, frozen=True, kw_only=True):
    """Replace one credential. Answer: `BotSaved` with the new secret."""

    credential: Credential


class Say(Message, frozen=True, kw_only=True):
    """Say something, as `by`, in every conversation that the bot is assigned to. Answer: `Said`, `NotAssigned`.

    `Refused` with `unauthenticated` when the credential, that of the `BotLogin`, does not hold any more; with
    `rate_limited` when the bot said too much; with `unavailable` when not every conversation has it on disk. To repeat
    what was refused so within two minutes, with the same `body`, says it only where it was not said yet.
    """

    credential_id: int
    body: str


class Act(Message, frozen=True, kw_only=True):
    """Have the `deed`, which is done by `by` too, done in one conversation, which answers.

    `Refused` with `unauthenticated` when the credential, that of the `BotLogin`, does not hold any more.
    """

    credential_id: int
    conv: int
    deed: Publish | Edit | Delete | React


AnyBotMessage = CreateBot | UpdateBot | DeleteBot | RotateBot | Say | Act
