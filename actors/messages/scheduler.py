"""What the scheduler can be told. There is one, with the key 0."""

from msgspec import Struct


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to the scheduler."""


class Planned(Message, frozen=True, kw_only=True):
    """Something stands in the agenda now for the time `at`, ms since the epoch. No answer."""

    at: int


AnySchedulerMessage = Planned
