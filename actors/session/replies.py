"""Where the answers to a client's requests go: into its outbox, encoded."""

from actors.faults import refusal_for
from actors.messages.outcomes import Refused
from actors.ports import Gate
from actors.session.answers import answer_to, error
from actors.switchboard import Outbox
from protocol.codes import CloseCode
from protocol.frames import AnyOutbound, Error


def send(outbox: Outbox, frame: AnyOutbound) -> None:
    """Send a frame that must not be lost alone."""
    outbox.answer(outbox.codec.piece(frame))


class Answer:
    """A request is answered with `ok` or `error`."""

    __slots__ = ("_outbox", "_ref")

    def __init__(self, outbox: Outbox, ref: int) -> None:
        self._outbox = outbox
        self._ref = ref

    def answer(self, outcome: object) -> None:
        """Encode the outcome, or the fault."""
        send(self._outbox, answer_to(self._ref, outcome))


class Complaint:
    """A signal is answered only when something is wrong with it."""

    __slots__ = ("_outbox", "_ref")

    def __init__(self, outbox: Outbox, ref: int) -> None:
        self._outbox = outbox
        self._ref = ref

    def answer(self, outcome: object) -> None:
        """Encode what is an error, and nothing else."""
        frame = answer_to(self._ref, outcome)
        if isinstance(frame, Error):
            send(self._outbox, frame)


class Greeting:
    """The session answers `hello` itself; what fails ends the connection.

    With 1012: the credential was right, so the client is to come back, with its cursors.
    """

    __slots__ = ("_gate", "_outbox", "_ref")

    def __init__(self, outbox: Outbox, gate: Gate, ref: int) -> None:
        self._outbox = outbox
        self._gate = gate
        self._ref = ref

    def answer(self, outcome: object) -> None:
        """Encode the refusal or the fault and close; anything else means that the welcome is out."""
        if isinstance(outcome, Refused | Exception):
            refused = outcome if isinstance(outcome, Refused) else refusal_for(outcome)
            send(self._outbox, error(self._ref, refused))
            self._gate.close(CloseCode.GOING_AWAY, "cannot begin the session now, come back")
