"""Conversations: the only writer of a log, and the way of its events to whoever listens."""

from actors.conversation.core import Settings
from actors.conversation.kind import conversation_kind

__all__ = ["Settings", "conversation_kind"]
