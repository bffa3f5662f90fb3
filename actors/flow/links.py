"""Where nodes lead. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import UNSET

from actors.flow.model import AnyNode, Condition, Delay, Handoff, Input, Next, Question, Webhook


class Link(NamedTuple):
    """A way from a node to another of its flow: `part` of the node, the `key` there, and the id that it names."""

    part: str
    key: str
    to: str


def links(node: AnyNode) -> Iterator[Link]:
    """All ways on within the flow, in the order of the documentation; those that end the flow are none."""
    return (Link(part, key, to) for part, key, to in _all(node) if to is not None)


def _all(node: AnyNode) -> Iterator[tuple[str, str, Next]]:
    if isinstance(node, Question):
        for number, option in enumerate(node.options, 1):
            yield f"option {number}: ", "next", option.next
    elif isinstance(node, Condition):
        for number, case in enumerate(node.cases, 1):
            yield f"case {number}: ", "next", case.next
        yield "", "else", node.otherwise
    else:
        yield "", "next", getattr(node, "next", None)
    if isinstance(node, Question | Input):
        yield "", "fallback", node.fallback
    if isinstance(node, Question | Input | Handoff):
        yield "", "on_timeout", node.on_timeout
    if isinstance(node, Webhook) and node.on_error is not UNSET:
        yield "", "on_error", node.on_error


def waits(node: AnyNode) -> bool:
    """Whether a run rests there, for people or for a time. A webhook is over too soon to count as a rest."""
    return isinstance(node, Question | Input | Delay | Handoff)
