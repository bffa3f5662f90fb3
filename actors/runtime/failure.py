"""What an actor was doing, and the report of what went wrong then."""

from dataclasses import dataclass
from enum import StrEnum

from actors.runtime.address import Address


class Doing(StrEnum):
    """What a cell is about."""

    START = "start"
    RECEIVE = "receive"
    WAKE = "wake"
    MAY_SLEEP = "may sleep"
    WIND_DOWN = "wind down"
    STOP = "stop"
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
        return f"{name_of(self.error)} in {self.doing}{over}"


def name_of(error: BaseException) -> str:
    """The name of the error's type; of a nursery's group of one, that of the one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return type(error).__name__
