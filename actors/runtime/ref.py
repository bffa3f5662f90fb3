"""How anybody speaks to an actor: by its address, never by the object."""

from typing import Protocol

import trio

from actors.runtime.address import Address
from actors.runtime.errors import AskTimeout, RuntimeFault
from actors.runtime.reply import ReplyTo


class Post(Protocol):
    """Brings messages to the actors of one kind."""

    def tell(self, key: int | str, message: object, reply_to: ReplyTo | None, urgent: bool) -> None: ...


class Ref:
    """The way to one actor, whether it is awake or not. Refs with the same address are equal."""

    __slots__ = ("_post", "address")

    def __init__(self, address: Address, post: Post) -> None:
        self.address = address
        self._post = post

    def tell(self, message: object, reply_to: ReplyTo | None = None, *, urgent: bool = False) -> None:
        """Queue a message; it starts the actor if need be. Call it from the trio thread. Never blocks.

        Raises a `Refusal`: then nothing was taken and `reply_to` is never answered. Otherwise `reply_to` is answered
        exactly once, by the actor or with a `RuntimeFault`; only an actor that forgets a reply lets it wait, and then
        until its life ends. What is `urgent` continues work that was admitted already: it is not refused for a full
        mailbox or a drain that is under way.
        """
        self._post.tell(self.address.key, message, reply_to, urgent)

    async def ask(self, message: object, *, timeout_s: float = 5.0) -> object:
        """Tell, and wait for the outcome. Raises any `RuntimeFault`; `AskTimeout` when `timeout_s` has passed.

        A timeout or a cancellation abandons the answer only: the message stays told.
        """
        answer = Answer()
        self.tell(message, answer)
        with trio.move_on_after(timeout_s):
            await answer.given.wait()
        if not answer.given.is_set():
            raise AskTimeout(self.address, timeout_s)
        if isinstance(answer.outcome, RuntimeFault):
            raise answer.outcome
        return answer.outcome

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __repr__(self) -> str:
        return f"Ref({self.address})"


class Answer:
    """A `ReplyTo` that a task can wait for."""

    __slots__ = ("given", "outcome")

    def __init__(self) -> None:
        self.given = trio.Event()
        self.outcome: object = None

    def answer(self, outcome: object) -> None:
        """Take the outcome."""
        self.outcome = outcome
        self.given.set()
