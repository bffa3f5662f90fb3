"""What nodes that ask say, and what they make of a reply. Pure."""

from typing import NamedTuple

from actors.flow.inputs import normalised
from actors.flow.model import Input, Next, Option, Question, Scalar, folded
from actors.flow.texts import View, expand, plain
from protocol.codes import MAX_BODY_CHARS


class Taken(NamedTuple):
    """A right reply: its value, and where it leads."""

    value: Scalar
    next: Next


def body(node: Question | Input, view: View, *, again: bool) -> str:
    """What is said: the text, and a line `N. label` for each option. Too long, the text is cut and no option is."""
    text = node.retry if again and node.retry is not None else node.content
    if isinstance(node, Input):
        return expand(text, view)
    lines = "\n".join(f"{number}. {option.label}" for number, option in enumerate(node.options, 1))
    said = expand(text, view, MAX_BODY_CHARS - len(lines) - 1)
    return f"{said}\n{lines}" if said else lines


def taken(node: Question | Input, text: str) -> Taken | None:
    """What the reply means; None if it is a wrong one."""
    if isinstance(node, Input):
        value = normalised(text, node.input_type)
        return None if value is None else Taken(value, node.next)
    option = chosen(node, text.strip())
    return None if option is None else Taken(option.answer, option.next)


def chosen(question: Question, text: str) -> Option | None:
    """The option that a text means: by its value, exactly; else by its label, whatever the case; else by its number."""
    by_value = [option for option in question.options if plain(option.answer) == text]
    by_label = [option for option in question.options if folded(option.label) == folded(text)]
    by_number = [option for number, option in enumerate(question.options, 1) if str(number) == text]
    found = by_value or by_label or by_number
    return found[0] if found and text else None
