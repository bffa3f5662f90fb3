"""Every endpoint, once: what it asks for, as a value, and what its answer becomes in a shell."""

from protocol.chatpion.endpoints.automation import Automation
from protocol.chatpion.endpoints.base import Calls, ItemsT, ListT, Object, ObjectT
from protocol.chatpion.endpoints.contacts import Contacts, SubscriberChanges
from protocol.chatpion.endpoints.messaging import Messaging, Schedule, Target


class Endpoints(
    Contacts[ObjectT, ListT, ItemsT], Messaging[ObjectT, ListT, ItemsT], Automation[ObjectT, ListT, ItemsT]
):
    """All that the document has, and what is added to it."""


__all__ = ["Calls", "Endpoints", "Object", "Schedule", "SubscriberChanges", "Target"]
