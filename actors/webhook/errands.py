"""How the calls of a lane are carried out, as its actor sees it."""

from typing import Final, Protocol

import trio

from actors.faults import refusal_for
from actors.messages.outcomes import Refused
from actors.ports import StoreUnavailable
from actors.runtime.errors import RuntimeFault
from actors.runtime.ref import Ref
from actors.values import Call, Verdict
from protocol.codes import ErrorCode

RETRY_MS: Final = 1_000


class Errand(Protocol):
    """One lane's way to carry out its calls."""

    async def carry_out(self, call: Call) -> Verdict:
        """Do it and say what came of it; doing it again must be harmless.

        Raises `StoreUnavailable` when it could not be done now: then it is done again, before what is behind it.
        """


async def until_heard(ref: Ref, message: object, for_s: float) -> object:
    """Ask again and again until the answer is not one of those that pass, and return it.

    After `for_s` the last answer is returned, None if there was none.
    """
    outcome: object = None
    with trio.move_on_after(for_s):
        while True:
            try:
                outcome = await ref.ask(message)
            except RuntimeFault as fault:
                outcome = refusal_for(fault)
            # `internal` may mean that it was done: then it is done again, and found to be the same.
            if not isinstance(outcome, Refused) or not (outcome.code.temporary or outcome.code is ErrorCode.INTERNAL):
                return outcome
            await trio.sleep((outcome.retry_ms or 1_000) / 1_000)
    return outcome


def refused(outcome: object) -> Verdict:
    """The end of what is refused for good. Raises `StoreUnavailable` for what passes."""
    if isinstance(outcome, Refused) and not outcome.code.temporary:
        return Verdict("dead", outcome.code.value)
    raise StoreUnavailable("nobody took it yet", RETRY_MS)
