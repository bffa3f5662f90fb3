"""A flow as it is run: every kind of node, typed. Pure.

`next` and its like name a node of the same flow; None ends the flow. Bounds stand here, at the field that they bound;
what concerns several fields or nodes is checked in `reading` and `validate`. Keys that are not known are ignored.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from actors.flow.pattern import Pattern
from protocol.codes import MAX_BODY_CHARS, MAX_ID

MAX_NODES: Final = 1_000
MAX_WAIT_S: Final = 30 * 24 * 3600

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}\Z")]
Next = str | None
Text = Annotated[str, Meta(min_length=1, max_length=MAX_BODY_CHARS)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Seconds = Annotated[int, Meta(ge=1, le=MAX_WAIT_S)]
Scalar = str | int | float | bool | None
FlowId = Annotated[int, Meta(ge=1, le=MAX_ID)]

MessageType = Literal["text", "image", "video", "audio", "file"]
InputType = Literal["text", "email", "phone", "number", "date"]
Op = Literal[
    "eq", "ne", "lt", "le", "gt", "ge", "contains", "exists", "not_exists", "has_tag", "not_has_tag", "matches"
]
Variable = Annotated[str, Meta(pattern=r"^(name|email|platform|tags|fields\.(?s:.+))\Z")]


class Node(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What all nodes have."""

    id: Id


class Leading(Node, frozen=True, kw_only=True):
    """A node that leads on to one other."""

    next: Next = None


class Start(Leading, frozen=True, tag="start"):
    """Where the flow begins."""


class Message(Leading, frozen=True, kw_only=True, tag="message"):
    """Says something and goes on."""

    content: Text
    message_type: MessageType = "text"
    attachment: str | None = None
    track_links: bool = False


class Asking(Node, frozen=True, kw_only=True):
    """A node that waits for a reply.

    A wrong one is asked for again `retries` times, with `retry` in the place of `content`; the next one leads to
    `fallback`. No reply within `timeout_s`, counted anew from each asking, leads to `on_timeout`.
    """

    content: Text
    timeout_s: Seconds | None = None
    on_timeout: Next = None
    retries: Annotated[int, Meta(ge=0, le=3)] = 3
    retry: Text | None = None
    fallback: Next = None


class Option(Struct, frozen=True, kw_only=True):
    """One answer to a question, and where it leads."""

    label: Annotated[str, Meta(max_length=80)]
    next: Next
    value: Scalar = None

    @property
    def answer(self) -> Scalar:
        """What is stored when it is chosen: the value, or the label where there is none."""
        return self.label if self.value is None else self.value


class Question(Asking, frozen=True, kw_only=True, tag="question"):
    """Offers a choice; each option leads on."""

    options: Annotated[tuple[Option, ...], Meta(min_length=1, max_length=20)]
    save_as: Word | None = None


class Input(Asking, frozen=True, kw_only=True, tag="input"):
    """Asks for a value of a type and stores it as a field."""

    save_as: Word
    input_type: InputType = "text"
    next: Next = None


class Case(Struct, frozen=True, kw_only=True):
    """One branch of a condition. `matches` takes a regular expression; `has_tag` looks at the tags always."""

    variable: Variable
    op: Op
    next: Next
    value: Scalar = None


class Condition(Node, frozen=True, kw_only=True, tag="condition"):
    """Goes where the first case that is true leads."""

    cases: Annotated[tuple[Case, ...], Meta(min_length=1)]
    otherwise: Next = field(default=None, name="else")


class Delay(Leading, frozen=True, kw_only=True, tag="delay"):
    """Waits for a time."""

    seconds: Seconds


class Do(Struct, frozen=True, kw_only=True, tag_field="do"):
    """One thing that an action does."""


class AddTag(Do, frozen=True, kw_only=True, tag="add_tag"):
    tag: Word


class RemoveTag(Do, frozen=True, kw_only=True, tag="remove_tag"):
    tag: Word


class SetField(Do, frozen=True, kw_only=True, tag="set_field"):
    field: Word
    value: Scalar = None


class UnsetField(Do, frozen=True, kw_only=True, tag="unset_field"):
    field: Word


class Conversion(Do, frozen=True, kw_only=True, tag="conversion"):
    name: Word
    value: int | float | None = None


AnyDo = AddTag | RemoveTag | SetField | UnsetField | Conversion


class Action(Leading, frozen=True, kw_only=True, tag="action"):
    """Changes the subscriber, in order."""

    actions: Annotated[tuple[AnyDo, ...], Meta(min_length=1)]


class Webhook(Leading, frozen=True, kw_only=True, tag="webhook"):
    """Calls a server and keeps what `save` names of its answer: field to JSON pointer."""

    url: str
    method: Literal["GET", "POST"] = "POST"
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None
    save: dict[Word, str] = {}
    timeout_s: Annotated[int, Meta(ge=1, le=30)] = 10
    on_error: Next | UnsetType = UNSET

    @property
    def failing(self) -> Next:
        """Where a failed call leads."""
        return self.next if self.on_error is UNSET else self.on_error


class Jump(Node, frozen=True, kw_only=True, tag="jump"):
    """Ends this flow and begins another, or this one again. None: this flow; its start."""

    flow_id: FlowId | None = None
    node: Id | None = None


class Handoff(Leading, frozen=True, kw_only=True, tag="handoff"):
    """Gives the conversation to people until they release it. `to` are usernames; none: whoever is in charge."""

    to: tuple[Word, ...] = ()
    content: Text | None = None
    timeout_s: Seconds | None = None
    on_timeout: Next = None


class End(Node, frozen=True, tag="end"):
    """Ends the flow."""


AnyNode = Start | Message | Question | Input | Condition | Delay | Action | Webhook | Jump | Handoff | End


class Triggers(Struct, frozen=True):
    """What starts a flow besides the API."""

    keywords: tuple[Annotated[str, Meta(min_length=1, max_length=80)], ...] = ()
    on_subscribe: bool = False


class Flow(Struct, frozen=True, kw_only=True):
    """A flow that can be run. `nodes` are in the order given; `given` is the JSON object that it was read from."""

    name: str
    description: str | None
    status: Literal["active", "inactive"]
    triggers: Triggers
    nodes: Mapping[str, AnyNode]
    start: str
    patterns: Mapping[str, Pattern]
    given: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it may be started."""
        return self.status == "active"

    def wakes(self, text: str) -> bool:
        """Whether a subscriber's text is one of the keywords: all of it, but for case and the space around it."""
        said = folded(text)
        return bool(said) and any(folded(keyword) == said for keyword in self.triggers.keywords)

    def shown(self) -> dict[str, Any]:
        """The flow as its author wrote it, with all keys; id and times are for the caller to add."""
        known = {"name": self.name, "description": self.description, "status": self.status}
        return known | {key: value for key, value in self.given.items() if key not in NOT_ITS_OWN and key not in known}

    def jumps_to(self) -> frozenset[int]:
        """The ids of the flows that its jumps name."""
        jumps = (node for node in self.nodes.values() if isinstance(node, Jump))
        return frozenset(jump.flow_id for jump in jumps if jump.flow_id is not None)


NOT_ITS_OWN: Final = frozenset({"id", "created_at", "updated_at"})
"""What is shown beside a flow and comes back when somebody saves what was shown."""


def folded(text: str) -> str:
    """What of a text counts when it is compared with a keyword, a label or a value."""
    return text.strip().casefold()
