"""The lanes of the outbox that ChatPion's accounts have."""

from typing import Final

HEARD: Final = "heard"
"""What people say to subscribers' actors. The receiver is the conversation."""
HOOK: Final = "hook"
"""Events of an account on their way to an endpoint, which is the receiver."""
CONNECTOR: Final = "connector"
"""Messages to subscribers on another platform. The receiver is the social account that they go by."""
FLOWCALL: Final = "flowcall"
"""Webhook nodes of flows. The receiver is the conversation."""
HANDOFF: Final = "handoff"
"""Persons whom flows let in and out. The receiver is the conversation."""
ORDERED: Final = frozenset({HOOK, CONNECTOR})
"""In these one failing call holds up those about the same object, and no others."""
