"""What a flow is told, what it does, and where it stands in between. Frozen, and plain JSON when encoded."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from actors.flow.model import AnyDo, Flow, MessageType

Waits = Literal["reply", "time", "answer", "release"]


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A flow under way with one subscriber, between two steps. One that has ended is no Run.

    It is at `node` of version `version` of flow `flow`, which it keeps to the end, and always waits: for a reply, for a
    time, for the answer to a webhook, or for people to let go. `deadline_ms`, since the epoch, is when `Due` is to be
    told: always there for a time, perhaps for a reply and a release, never for an answer, which must come from
    whoever made the call. `tries` counts wrong replies, `calls` webhook calls since the first flow began, `walked`
    nodes since the last wait.
    """

    flow: int
    version: int
    node: str
    waits: Waits
    deadline_ms: int | None = None
    tries: int = 0
    calls: int = 0
    walked: int = 0
    people: tuple[str, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether the next text belongs to it: keywords are looked at only if not."""
        return self.waits == "reply"

    @property
    def handed_off(self) -> bool:
        """Whether people have the conversation: no keyword starts a flow then."""
        return self.waits == "release"


class Begin(Struct, frozen=True):
    """Begin the flow, at its start or another node. A run that there is ends first."""

    node: str | None = None


class Heard(Struct, frozen=True):
    """The subscriber said something; what has no text is empty."""

    text: str


class Due(Struct, frozen=True):
    """The deadline has come: a delay is over, or nobody answered in time. Which one, the run knows."""


class Answered(Struct, frozen=True):
    """Call `number` has ended. `ok`: with 2xx; `json` is what was answered, None if that was no JSON."""

    number: int
    ok: bool
    json: Any = None


class Released(Struct, frozen=True):
    """The people have let go of the conversation."""


Event = Begin | Heard | Due | Answered | Released


class Say(Struct, frozen=True, kw_only=True):
    """Say this. `body` has 10,000 code points at most, and is blank only beside an attachment."""

    body: str
    type: MessageType = "text"
    attachment: str | None = None
    track_links: bool = False


class Call(Struct, frozen=True, kw_only=True):
    """Call a server, and tell its answer as `Answered(number, …)`. `body` is JSON to be sent; None: no body.

    `number` is the same however often the step is repeated, and another for each call of a run and the flows that it
    jumps to: with the run's own id it makes a `webhook-id`.
    """

    number: int
    node: str
    url: str
    method: Literal["GET", "POST"]
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None
    timeout_s: int


class HandOff(Struct, frozen=True):
    """Let these people into the conversation; none named: whoever is in charge. What is said to them came before."""

    people: tuple[str, ...]


class HandBack(Struct, frozen=True):
    """The bot has the conversation again: let those people out who are still there."""

    people: tuple[str, ...]


Effect = Say | AnyDo | Call | HandOff | HandBack
"""What an action does is an effect as it stands in the flow, but that the strings in values are expanded."""


class Edition(Struct, frozen=True):
    """A version of a flow, under the number that it is kept by."""

    id: int
    version: int
    flow: Flow


class Flows(Struct, frozen=True):
    """The flows that one step needs.

    `here` is the edition that the run is in, or that is to begin; `others` are the account's editions of today that
    jumps may lead to: those named by `jumps_to`, and by theirs, and so on.
    """

    here: Edition
    others: Mapping[int, Edition] = {}


class Step(Struct, frozen=True):
    """What came of an event: the run afterwards, None if it has ended, and all that is to be committed with it.

    `fault` says why it ended, if it could not go on; the effects up to there hold all the same.
    """

    run: Run | None
    effects: tuple[Effect, ...] = ()
    fault: str | None = None
