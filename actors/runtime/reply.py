"""The way back to whoever waits for an outcome."""

from typing import Protocol


class ReplyTo(Protocol):
    """Whoever wants the outcome of a message."""

    def answer(self, outcome: object) -> None:
        """Take the outcome, once: what the actor answered, or a `RuntimeFault`. Must not block."""


class Desk(Protocol):
    """Where replies that an actor took and has not answered yet are kept: its cell."""

    def settle(self, reply: "Reply") -> None:
        """The reply is not owed any more."""

    def answer_failed(self, error: Exception) -> None:
        """`ReplyTo.answer` raised; the actor is to know nothing of it."""


class Reply:
    """The right to answer one message, once, now or later. Without a `ReplyTo` nobody listens.

    It is a `ReplyTo` itself: an actor may pass it on with a message to another one, which then answers in its place.
    """

    __slots__ = ("_desk", "_to")

    def __init__(self, to: ReplyTo | None = None, desk: Desk | None = None) -> None:
        self._to = to
        self._desk = desk

    @property
    def answered(self) -> bool:
        """Whether nobody waits for this any more: it was answered, by the actor or the runtime, or nobody asked."""
        return self._to is None

    def answer(self, outcome: object) -> None:
        """Give the outcome to whoever waits. Any further call does nothing; what the receiver raises stays there."""
        to, desk = self._to, self._desk
        if to is None:
            return
        self._to = self._desk = None
        if desk is None:
            to.answer(outcome)
            return
        desk.settle(self)
        try:
            to.answer(outcome)
        except Exception as error:  # noqa: BLE001 - the receiver's bug must not become this actor's crash
            desk.answer_failed(error)


NOBODY = Reply()  # one for all messages that came without a ReplyTo: it holds no state
