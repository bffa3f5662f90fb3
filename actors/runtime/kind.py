"""One kind of actors: how they are made, how much may wait for them, when they sleep, what happens if they fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from actors.runtime.actor import Actor, Context
from actors.runtime.mailbox import Overflow
from actors.runtime.restarts import RestartPolicy

M = TypeVar("M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[M]):
    """What all actors of one kind have in common.

    `factory` may raise `NoSuchActor`. `messages` is the type (a union) of all that may be told, for `codec_check`.
    `idle_after_s` None means: never asleep. An `essential` kind takes the system down when one of it is given up.
    """

    name: str
    factory: Callable[[Context], Actor[M]]
    messages: Any = object
    mailbox_limit: int = 1024
    overflow: Overflow = Overflow.REFUSE
    idle_after_s: float | None = None
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    quarantine_s: float = 5.0
    essential: bool = False

    def __post_init__(self) -> None:
        if self.mailbox_limit < 1:
            raise ValueError(f"{self.name}: mailbox_limit must be at least 1")
        if self.idle_after_s is not None and self.idle_after_s <= 0:
            raise ValueError(f"{self.name}: idle_after_s must be more than 0")
