"""The lanes of the outbox that companies have."""

from typing import Final

STAFF: Final = "staff"
"""What people write in rooms of orders, for the actors of these. The receiver is the conversation."""
SHOP: Final = "shop"
"""Events of a company on their way to an endpoint, which is the receiver. Those about one customer keep their order."""
