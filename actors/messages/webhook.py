"""What a webhook can be told. Its key is the `key` of a `Lane`: a kind of call and its receiver."""

from msgspec import Struct


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to a webhook."""


class Wake(Message, frozen=True, kw_only=True):
    """Something may be due. No answer: what is to be done stands in the outbox."""


AnyWebhookMessage = Wake
