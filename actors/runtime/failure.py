"""What an actor was doing, and the report of what went wrong then."""

from dataclasses import dataclass
from enum import StrEnum

from actors.runtime.address import Address


class Doing(StrEnum):
    """What a cell is about."""

    START = "start"
    RECEIVE = "receive"
    WAKE = "wake"
    WIND_DOWN = "wind down"
    STOP = "stop"
    BACK_OFF = "back off"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Failure:
    """One exception that was contained. `message` is the type's name of the message that was being handled."""

    address: Address
    error: Exception
    doing: Doing
    message: str | None = None

    def __str__(self) -> str:
        """Names only: the error's text may hold secrets."""
        over = f" of {self.message}" if self.message else ""
        return f"{type(self.error).__name__} in {self.doing}{over}"
