"""JSON to a flow: every node on its own, and what concerns the fields of one node only. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from actors.flow.errors import BadFlow, BadPattern
from actors.flow.model import (
    MAX_NODES,
    Action,
    AnyNode,
    Condition,
    Delay,
    End,
    Flow,
    Handoff,
    Id,
    Input,
    Jump,
    Message,
    Question,
    Start,
    Triggers,
    Webhook,
    Word,
    folded,
)
from actors.flow.pattern import Pattern
from actors.flow.shape import convert
from actors.flow.texts import plain

KINDS: Final[Mapping[str, type[AnyNode]]] = {
    "start": Start,
    "message": Message,
    "question": Question,
    "input": Input,
    "condition": Condition,
    "delay": Delay,
    "action": Action,
    "webhook": Webhook,
    "jump": Jump,
    "handoff": Handoff,
    "end": End,
}
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
MAX_DEPTH: Final = 64
MAX_NAMED_CHARS: Final = 64
MAX_URL_CHARS: Final = 2_000
NEED_TEXT: Final = frozenset({"matches", "has_tag", "not_has_tag"})
OWN_HEADERS: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "transfer-encoding",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    }
)


class _Head(Struct, frozen=True, kw_only=True):
    name: Word
    nodes: Annotated[list[Any], Meta(min_length=1, max_length=MAX_NODES)]
    description: str | None = None
    status: Literal["active", "inactive"] = "active"
    triggers: Triggers = Triggers()


Look = Callable[[AnyNode, Set[str]], Iterable[str]]
"""What is wrong with a node besides, among nodes of these ids."""


def _blind(_node: AnyNode, _ids: Set[str]) -> Iterable[str]:
    return ()


def read(given: object, look: Look = _blind) -> Flow:
    """The flow in a JSON value. Raises `BadFlow` for the first node that is wrong in itself, or that `look` objects to.

    Without `look`, where nodes lead is not looked at: that was `validate.check`, once, before the flow was saved.
    """
    given = _copied(given)
    head = convert(given, _Head)
    ids = {raw["id"] for raw in head.nodes if isinstance(raw, dict) and isinstance(raw.get("id"), str)}
    nodes: dict[str, AnyNode] = {}
    patterns: dict[str, Pattern] = {}
    starts: list[str] = []
    for number, raw in enumerate(head.nodes, 1):
        node = read_node(raw, number)
        if node.id in nodes:
            raise BadFlow("duplicate id", node.id)
        if isinstance(node, Start):
            starts.append(_only(node.id, starts))
        patterns |= _patterns(node)
        for fault in look(node, ids):
            raise BadFlow(fault, node.id)
        nodes[node.id] = node
    if not starts:
        raise BadFlow("nodes: none of them is the start")
    return Flow(
        name=head.name,
        description=head.description,
        status=head.status,
        triggers=head.triggers,
        nodes=nodes,
        start=starts[0],
        patterns=patterns,
        given=given,
    )


def _only(start: str, others: list[str]) -> str:
    if others:
        raise BadFlow(f"a second start, after '{others[0]}'", start)
    return start


def _copied(given: object) -> dict[str, Any]:
    """The JSON object, apart from whoever gave it. Raises `BadFlow` for what is none, or cannot be said in UTF-8."""
    if not isinstance(given, dict):
        raise BadFlow("a flow is a JSON object")
    if _is_deep(given):
        raise BadFlow(f"more than {MAX_DEPTH} levels deep")
    try:
        copy: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(given))
    except (TypeError, ValueError, OverflowError) as error:
        raise BadFlow(f"no JSON: {error}") from error
    return copy


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _members(outer)]
    return bool(level)


def _members(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def read_node(raw: Any, number: int) -> AnyNode:
    """One node; `number` names it while its id is not known. Raises `BadFlow`."""
    try:
        named = convert(raw, _Named)
    except BadFlow as error:
        raise BadFlow(f"{_name(raw, number)}: {error}") from error
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise BadFlow("type is missing", named.id)
    if kind not in KINDS:
        raise BadFlow(f"unknown type '{kind}'", named.id)
    node = convert(raw, KINDS[kind], named.id)
    for fault in _faults(node):
        raise BadFlow(fault, named.id)
    return node


def _name(raw: Any, number: int) -> str:
    """What a node is called that has no proper id."""
    given = raw.get("id") if isinstance(raw, dict) else None
    return f"node '{given}'" if isinstance(given, str) and 0 < len(given) <= MAX_NAMED_CHARS else f"node {number}"


class _Named(Struct, frozen=True):
    id: Id


def _faults(node: AnyNode) -> Iterator[str]:
    """What is wrong with fields that are right each on its own."""
    if isinstance(node, Question | Input | Handoff) and node.on_timeout is not None and node.timeout_s is None:
        yield "on_timeout without timeout_s"
    match node:
        case Message(message_type=type, attachment=None) if type != "text":
            yield f"attachment is missing: message_type is {type}"
        case Question():
            yield from _same_answers(node)
        case Condition():
            yield from _odd_values(node)
        case Webhook():
            yield from _odd_calls(node)


def _same_answers(question: Question) -> Iterator[str]:
    known: set[str] = set()
    for number, option in enumerate(question.options, 1):
        answer = folded(plain(option.answer))
        if answer in known:
            yield f"option {number}: duplicate value '{plain(option.answer)}'"
        known.add(answer)


def _odd_values(condition: Condition) -> Iterator[str]:
    for number, case in enumerate(condition.cases, 1):
        if case.op in NEED_TEXT and not isinstance(case.value, str):
            yield f"case {number}: value: expected str for {case.op}"


def _odd_calls(webhook: Webhook) -> Iterator[str]:
    if len(webhook.url) > MAX_URL_CHARS or not _is_url(webhook.url):
        yield "url: expected an http or https URL"
    for name, value in webhook.headers.items():
        if not _TOKEN.fullmatch(name) or not value.isprintable() or not value.isascii():
            yield f"headers: '{name}' is no header"
        if name.lower() in OWN_HEADERS:
            yield f"headers: '{name}' is set by the hub"
    for field, pointer in webhook.save.items():
        if not _POINTER.fullmatch(pointer):
            yield f"save: {field}: '{pointer}' is no JSON pointer"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        return False


def _patterns(node: AnyNode) -> dict[str, Pattern]:
    if not isinstance(node, Condition):
        return {}
    sought = [(number, case.value) for number, case in enumerate(node.cases, 1) if case.op == "matches"]
    return {value: _pattern(value, number, node.id) for number, value in sought if isinstance(value, str)}


def _pattern(source: str, number: int, node: str) -> Pattern:
    try:
        return Pattern(source)
    except BadPattern as error:
        raise BadFlow(f"case {number}: value: {error}", node) from error
