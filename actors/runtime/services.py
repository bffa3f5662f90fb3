"""What the system lends to its supervisors and cells."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from actors.runtime.alarms import Alarms
from actors.runtime.errors import Escalated
from actors.runtime.failure import Failure
from actors.runtime.ref import Ref


@dataclass(frozen=True, slots=True)
class Services:
    """One for the whole system. `report` never raises; `escalate` makes `System.run` end with that error."""

    alarms: Alarms
    random: Random
    ref: Callable[[str, int | str], Ref]
    report: Callable[[Failure], None]
    escalate: Callable[[Escalated], None]
