"""Frames of every kind, at random, and the packages that read them independently of the codec."""

import json
from typing import Any, get_args

import msgpack
from hypothesis import strategies as st
from msgspec import Struct, inspect

from protocol.codec import Codec
from protocol.frames import AnyOutbound, AnyRequest, Inconsistent

WIDEST = 2**53 - 1


def pack(codec: Codec, frame: object) -> Any:
    """Encode as a client of this subprotocol would."""
    return msgpack.packb(frame) if codec.binary else json.dumps(frame)


def unpack(codec: Codec, payload: bytes) -> Any:
    """Decode as a client of this subprotocol would."""
    return msgpack.unpackb(payload) if codec.binary else json.loads(payload)


def requests() -> st.SearchStrategy[AnyRequest]:
    """Any valid request."""
    return st.one_of([_struct(inspect.type_info(kind)) for kind in get_args(AnyRequest)])


def outbound() -> st.SearchStrategy[AnyOutbound]:
    """Anything that the hub may send."""
    return st.one_of([_struct(inspect.type_info(kind)) for kind in get_args(AnyOutbound)])


def _struct(info: inspect.Type) -> st.SearchStrategy[Any]:
    assert isinstance(info, inspect.StructType)
    values = {field.name: _value(field.type) for field in info.fields}
    required = {field.name: values[field.name] for field in info.fields if field.required}
    optional = {name: value for name, value in values.items() if name not in required}
    return (
        st.fixed_dictionaries(required, optional=optional)
        .filter(lambda keys: _fits(info.cls, keys))
        .map(lambda keys: info.cls(**keys))
    )


def _fits(kind: type[Struct], keys: dict[str, Any]) -> bool:
    try:
        kind(**keys)
    except Inconsistent:
        return False
    return True


def _value(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.ListType():
            return st.lists(_value(info.item_type), max_size=3)
        case inspect.TupleType():
            return st.tuples(*(_value(item) for item in info.item_types))
        case inspect.UnionType():
            return st.one_of([_value(kind) for kind in info.types])
        case inspect.StructType():
            return _struct(info)
        case inspect.DictType():
            return st.dictionaries(_value(info.key_type), _value(info.value_type), max_size=3)
        case inspect.AnyType():
            return _json()
    return _scalar(info)


def _json() -> st.SearchStrategy[Any]:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    leaf = st.none() | st.booleans() | st.integers(-WIDEST, WIDEST) | text
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3))


def _scalar(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.IntType():
            return st.integers(-WIDEST if info.ge is None else info.ge, WIDEST if info.le is None else info.le)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.StrType():
            shortest = info.min_length or 0
            longest = min(info.max_length or 20, max(20, shortest))
            return st.text(st.characters(exclude_categories=["Cs"]), min_size=shortest, max_size=longest)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType():
            return st.sampled_from(info.values)
    raise AssertionError(f"no values for {info}")
