"""Whether a case of a condition is true of a subscriber. Pure.

Two numbers, or texts that are written as such, are compared as numbers; all else as text, letter by letter, which is
right for dates as well. Nothing is less or greater than what is not there.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.flow.model import Case, Condition, Next
from actors.flow.pattern import Pattern
from actors.flow.texts import FIELD, View, expand_within, plain

_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def choose(condition: Condition, view: View, patterns: Mapping[str, Pattern]) -> Next:
    """Where the first true case leads, else where `else` does."""
    for case in condition.cases:
        if holds(case, view, patterns):
            return case.next
    return condition.otherwise


def holds(case: Case, view: View, patterns: Mapping[str, Pattern]) -> bool:
    """Whether the case is true. `patterns` has what `matches` looks for, by its source."""
    has = value_of(case.variable, view)
    if case.op == "matches":
        return has is not None and patterns[str(case.value)].found_in(plain(has))
    value = expand_within(case.value, view)
    match case.op:
        case "exists" | "not_exists":
            return (has is not None) == (case.op == "exists")
        case "has_tag" | "not_has_tag":
            return (value in view.tags) == (case.op == "has_tag")
        case "eq" | "ne":
            return _equal(has, value) == (case.op == "eq")
        case "contains":
            return _contains(has, value)
        case _:
            return _ordered(has, value, _ORDER[case.op])


def value_of(variable: str, view: View) -> Any:
    """The value of `name`, `email`, `platform`, `tags` or `fields.KEY`; None for what is not there."""
    if variable.startswith(FIELD):
        return view.fields.get(variable.removeprefix(FIELD))
    if variable == "tags":
        return list(view.tags) or None
    return getattr(view, variable)


def _equal(has: Any, value: Any) -> bool:
    if has is None or value is None:
        return has is value
    left, right = _number(has), _number(value)
    return left == right if left is not None and right is not None else plain(has) == plain(value)


def _contains(has: Any, value: Any) -> bool:
    """A list holds it; a text has it in it."""
    if has is None or value is None:
        return False
    if isinstance(has, list):
        return any(_equal(item, value) for item in has)
    return plain(value) in plain(has)


def _ordered(has: Any, value: Any, order: Callable[[Any, Any], bool]) -> bool:
    if has is None or value is None:
        return False
    left, right = _number(has), _number(value)
    if left is not None and right is not None:
        return order(left, right)
    # A number and a word are in no order.
    return left is right and order(plain(has), plain(value))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else None
