"""What a webhook node sends, and what it keeps of the answer. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from actors.flow.model import SetField, Webhook
from actors.flow.steps import Call
from actors.flow.texts import View, expand_within
from protocol.codes import MAX_BODY_CHARS

_NOTHING: Final = object()


def call(node: Webhook, flow: int, number: int, view: View) -> Call:
    """The call of this node. A GET has no body."""
    default = {"flow_id": flow, "node_id": node.id, "subscriber": view.shown()}
    body = default if node.body is None else expand_within(node.body, view)
    return Call(
        number=number,
        node=node.id,
        url=node.url,
        method=node.method,
        headers=node.headers,
        body=None if node.method == "GET" else body,
        timeout_s=node.timeout_s,
    )


def kept(node: Webhook, answer: Any) -> Iterator[SetField]:
    """The fields that the answer fills.

    What the answer does not have, and what is no string, number, boolean or null, leaves its field as it was.
    """
    for field, pointer in node.save.items():
        value = _at(answer, pointer)
        if isinstance(value, str):
            yield SetField(field=field, value=value[:MAX_BODY_CHARS])
        elif value is None or isinstance(value, int | float):
            yield SetField(field=field, value=value)


def _at(value: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer points to, or `_NOTHING`."""
    for raw in pointer.split("/")[1:]:
        key = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return _NOTHING
    return value


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) < 10 and (key == "0" or key[0] != "0")
