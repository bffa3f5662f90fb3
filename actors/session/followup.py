"""What becomes of what a session asked of its conversations: outcomes turned into messages to it."""

from actors.messages.outcomes import Described, NotMember
from actors.messages.session import Placed, Setback, Unplaced
from actors.runtime.errors import NoSuchActor, Refusal, RuntimeFault
from actors.runtime.ref import Ref


class Told:
    """Turns an outcome into a message to the session, so that nobody but its actor changes what it knows."""

    __slots__ = ("_conv", "_session")

    def __init__(self, session: Ref, conv: int) -> None:
        self._session = session
        self._conv = conv

    def _tell(self, message: object) -> None:
        try:
            self._session.tell(message, urgent=True)
        except Refusal:
            return  # the session is gone, and with it the need to know


class PlaceReply(Told):
    """The outcome of a `Subscribe`."""

    __slots__ = ()

    def answer(self, outcome: object) -> None:
        """Tell the session."""
        if isinstance(outcome, Described):
            self._tell(Placed(conv=self._conv, size=outcome.size))
        elif isinstance(outcome, NotMember | NoSuchActor):
            self._tell(Unplaced(conv=self._conv))
        else:
            self._tell(Setback(conv=self._conv))


class CatchUpReply(Told):
    """The outcome of a `CatchUp`: nothing needs to be said about success, which the session learns by `CaughtUp`."""

    __slots__ = ()

    def answer(self, outcome: object) -> None:
        """Tell the session."""
        if isinstance(outcome, RuntimeFault):
            self._tell(Setback(conv=self._conv))
        elif isinstance(outcome, NotMember):
            self._tell(Unplaced(conv=self._conv))
