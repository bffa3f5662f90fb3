"""What the runtime says when a message cannot be handled.

    RuntimeFault
    ├── Refusal            nothing was done with the message
    │   ├── MailboxFull    too many messages wait; try again, slower
    │   ├── Stopped        the actor, its kind or the system takes no more work
    │   ├── Quarantined    the actor failed too often; try again after `retry_s`
    │   └── NoSuchActor    nothing exists under this address
    ├── Crashed            handling this very message made the actor fail
    ├── Interrupted        the actor failed over something else before it answered; safe to repeat
    ├── AskTimeout         no answer came in time; the work may still be done
    └── Escalated          an essential actor was given up; ends `System.run`
    Misuse                 a bug in the calling code, not a matter of load or luck
    ├── UnknownKind        no such kind is registered
    ├── NotEncodable       a message or an outcome does not survive the codec (only with `codec_check`)
    └── AnsweredTwice      an actor answered a reply again (only with `codec_check`)

A `tell` raises a refusal at once or takes the message; once taken, the `ReplyTo` that came with it gets one outcome,
and that may be an instance of one of these. `Ref.ask` raises them all.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.runtime.address import Address


class RuntimeFault(Exception):
    """Why a message got no answer of its own. `address` is the actor that it was meant for."""

    def __init__(self, address: "Address", text: str) -> None:
        super().__init__(f"{address} {text}")
        self.address = address


class Refusal(RuntimeFault):
    """Nothing was done with the message."""


class MailboxFull(Refusal):
    """As many messages wait as the kind allows."""

    def __init__(self, address: "Address") -> None:
        super().__init__(address, "has a full mailbox")


class Stopped(Refusal):
    """The actor, its kind or the whole system takes no more work."""

    def __init__(self, address: "Address") -> None:
        super().__init__(address, "takes no more messages")


class Quarantined(Refusal):
    """The actor failed too often. It is started afresh on first use, `retry_s` seconds from now."""

    def __init__(self, address: "Address", retry_s: float) -> None:
        super().__init__(address, f"failed too often, retry in {retry_s:.1f} s")
        self.retry_s = retry_s


class NoSuchActor(Refusal):
    """Nothing exists under this address. Raised by a kind's factory or by `Actor.start`."""

    def __init__(self, address: "Address") -> None:
        super().__init__(address, "does not exist")


class Crashed(RuntimeFault):
    """Handling this message made the actor fail. `error` names the type only: its text may hold secrets."""

    def __init__(self, address: "Address", error: str) -> None:
        super().__init__(address, f"failed with {error}")
        self.error = error


class Interrupted(RuntimeFault):
    """The actor failed over something else before it answered. The message is safe to repeat."""

    def __init__(self, address: "Address") -> None:
        super().__init__(address, "was interrupted")


class AskTimeout(RuntimeFault):
    """No answer came in time. The work may still be done."""

    def __init__(self, address: "Address", timeout_s: float) -> None:
        super().__init__(address, f"did not answer within {timeout_s:g} s")
        self.timeout_s = timeout_s


class Escalated(RuntimeFault):
    """An actor that the system cannot do without was given up; its last failure is the `__cause__`."""

    def __init__(self, address: "Address") -> None:
        super().__init__(address, "is essential and failed too often")


class Misuse(Exception):
    """A bug in the calling code."""


class UnknownKind(Misuse):
    """No such kind is registered."""


class NotEncodable(Misuse):
    """A message or an outcome does not come out of the codec as it went in."""


class AnsweredTwice(Misuse):
    """An actor answered the same reply again."""
