"""What a bot can be told. Its key is the bot's id."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from actors.messages.conversation import Delete, Edit, Publish, React
from actors.values import Caller
from protocol.frames import Credential, JsonReply


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to a bot."""

    by: Caller


class CreateBot(Message, frozen=True, kw_only=True):
    """Make this bot, whose key is a fresh id. Answer: `BotSaved` with all its secrets.

    `metadata` is the JSON of an object. `conflict` when `by` has a bot of this name.
    """

    name: str
    webhook_url: str | None = None
    events_url: str | None = None
    json_reply: JsonReply = "attach"
    avatar: str | None = None
    description: str | None = None
    metadata: str | None = None


class UpdateBot(Message, frozen=True, kw_only=True):
    """Change what is given. Answer: `BotSaved`."""

    name: str | UnsetType = UNSET
    webhook_url: str | UnsetType | None = UNSET
    events_url: str | UnsetType | None = UNSET
    json_reply: JsonReply | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    metadata: str | UnsetType | None = UNSET


class DeleteBot(Message, frozen=True, kw_only=True):
    """End the bot. Answer: `Done`."""


class BuryBot(Message, frozen=True, kw_only=True):
    """The bot, which is `by`, has ended with its owner's account: see to what is left of it. Answer: `Done`."""


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


class QueueCommand(Message, frozen=True, kw_only=True):
    """Put a command at the end of the bot's queue. Answer: `CommandSaved`, once it is on disk.

    `kind` is the command's type. Whether `by` may is the edge's matter. `busy` when too many are pending. With an `id`,
    which nobody else uses, the same command is queued once however often that is asked for.
    """

    id: str | None = None
    kind: str
    payload: dict[str, Any]


class PollCommands(Message, frozen=True, kw_only=True):
    """Hand out up to `limit` commands, which nobody else gets until their lease ends. Answer: `CommandsLeased`.

    `Refused` with `unauthenticated` when the credential does not hold any more; None for one that asks without any.
    """

    credential_id: int | None
    limit: int


class AckCommand(Message, frozen=True, kw_only=True):
    """Say what became of a command; the first time counts. Answer: `CommandSaved` with what is stored, `not_found`.

    It needs no running lease. `credential_id` as with `PollCommands`; None as well when an owner says so.
    """

    credential_id: int | None = None
    id: str
    status: Literal["completed", "failed"]
    result: Any = None


class ReportStatus(Message, frozen=True, kw_only=True):
    """The bot says that it is there, or that it goes; `data` is shown to those who watch. Answer: `Done`."""

    online: bool
    data: dict[str, Any] | None = None


class RegisterBot(Message, frozen=True, kw_only=True):
    """The bot, which is `by`, says what it is, and those who watch are told. Answer: `BotSaved`; `conflict` as above.

    `metadata` is the JSON of an object. `credential_id` as with `PollCommands`.
    """

    credential_id: int
    name: str | UnsetType = UNSET
    metadata: str | UnsetType = UNSET


class Attend(Struct, frozen=True, tag=True, kw_only=True):
    """Look at who is there: the bot's standing in `actors.attendance` has changed."""


CommandMessage = QueueCommand | PollCommands | AckCommand
AnyBotMessage = (
    CreateBot
    | UpdateBot
    | DeleteBot
    | BuryBot
    | RotateBot
    | Say
    | Act
    | CommandMessage
    | ReportStatus
    | RegisterBot
    | Attend
)
