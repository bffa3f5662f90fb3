"""Which sessions make room for a new one. Pure."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from protocol.codes import CloseCode


class Device(Protocol):
    """What counts of a session here: the name that its client keeps."""

    @property
    def device(self) -> str: ...


D = TypeVar("D", bound=Device)


class Farewell(NamedTuple):
    """What a session that has to go is told."""

    code: CloseCode
    reason: str


REPLACED = Farewell(CloseCode.REPLACED, "this device signed in again")
SURPLUS = Farewell(CloseCode.DEVICE_LIMIT, "signed in on too many devices")


def who_goes(present: Sequence[D], device: str, limit: int) -> list[tuple[D, Farewell]]:
    """Of the sessions `present`, oldest first: those that go when one more comes on `device`, and why.

    Afterwards at most `limit` are left, the new one included.
    """
    replaced = [session for session in present if session.device == device]
    others = [session for session in present if session.device != device]
    surplus = others[: max(0, len(others) + 1 - limit)]
    return [(session, REPLACED) for session in replaced] + [(session, SURPLUS) for session in surplus]
