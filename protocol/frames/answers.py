"""What the hub answers."""

from msgspec import UNSET, Struct, UnsetType

from protocol.frames.parts import (
    BotView,
    StoredMessage,
    Summary,
    UserView,
)


class Ok(Struct, frozen=True, tag_field="t", tag="ok", kw_only=True):
    """The request is done; if it changed something, that is on disk. Which keys are set depends on the request."""

    ref: int
    conv: int | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    id: int | UnsetType = UNSET
    at: int | UnsetType = UNSET
    dup: bool | UnsetType = UNSET
    messages: list[StoredMessage] | UnsetType = UNSET
    more: bool | UnsetType = UNSET
    conversation: Summary | UnsetType = UNSET
    conversations: list[Summary] | UnsetType = UNSET
    bot: BotView | UnsetType = UNSET
    bots: list[BotView] | UnsetType = UNSET
    user: UserView | UnsetType = UNSET
    users: list[UserView] | UnsetType = UNSET


class Error(Struct, frozen=True, tag_field="t", tag="error", kw_only=True, omit_defaults=True):
    """The request with this `ref` was refused; nothing of it was done, except where `internal` leaves it open."""

    ref: int | None
    code: str
    message: str
    retry_ms: int | None = None
    field: str | None = None
