"""What passes between a thread that a bot takes part in elsewhere and a conversation of the hub. Pure.

Both directions are lanes of the outbox, whose receiver is the bot: `TO_BOT` turns messages of the conversation into
commands, `TO_ROOM` says in the conversation what the bot reports of the thread.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import Struct

from actors.values import BotMessage, Call
from protocol.codes import MAX_BODY_CHARS
from protocol.frames import Attachment, StoredMessage

TO_BOT: Final = "bridge"
TO_ROOM: Final = "posted"
SEND_MESSAGE: Final = "send_message"

ThreadType = Literal["GROUP", "USER"]


class Bridge(Struct, frozen=True, kw_only=True):
    """A conversation and the thread that it is one with."""

    conversation: int
    thread_id: str
    thread_type: ThreadType

    @property
    def thread(self) -> tuple[ThreadType, str]:
        """What no two bridges of a bot have in common."""
        return self.thread_type, self.thread_id


def spoken(message: BotMessage) -> str:
    """What the bot says in the conversation: who spoke, and as much of it as a message holds."""
    author = (message.author_name or "").strip() or message.author_id or "someone"
    return f"{author}: {message.message}"[:MAX_BODY_CHARS]


def payload(bridge: Bridge, message: StoredMessage, base_url: str) -> dict[str, Any]:
    """The payload of the command that has the bot say it in the thread. Paths of files are made URLs by `base_url`."""
    return {
        "thread_id": bridge.thread_id,
        "thread_type": bridge.thread_type,
        "message": message.body,
        "attachments": [_file(each, base_url) for each in message.attachments or ()],
        "metadata": {"conversation": message.conv, "message_id": message.id, "author": message.sender.name},
    }


def command_id(call: Call) -> str:
    """The command's id: a call that is made twice makes one command."""
    return f"cmd_{call.id.partition('_')[2]}"


def _file(file: Attachment, base_url: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "url": f"{base_url.rstrip('/')}{file.url}",
    }
