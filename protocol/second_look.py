"""What exactly is wrong with a frame that did not decode in one pass.

The first pass is fast and says little. This one takes the map apart, looks at the keys one by one, and so knows the
`ref` and the offending `field` for the answer. It also forgives: some languages send null for an empty list or
for what is absent, and where a key is optional that means the same here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, get_args

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import FieldInfo, fields

from protocol.codes import MAX_BODY_CHARS, CloseCode, ErrorCode
from protocol.errors import Close, Refused
from protocol.frames import AnyRequest, Body, Error, Inconsistent, RequestRef

Part = Any
"""A value not read yet: raw msgpack, or what the `json` package made of it."""
Parts = Mapping[str | int, Part]
Decode = Callable[[Part], Any]
MakeDecode = Callable[[Any], Decode]
"""From a type to what reads a part as that type, or raises ValueError or RecursionError."""

MAX_MESSAGE_CHARS: Final = 200
_LONGEST_INTEGER: Final = 100


class Key(NamedTuple):
    """One key of a request: its names here and on the wire, and how its value is read."""

    name: str
    wire: str
    required: bool
    is_body: bool
    decode: Decode


class Wrong(Exception):
    """Why the request is refused; stays inside this module."""

    def __init__(self, code: ErrorCode, message: str, field: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class SecondLook:
    """Reads frames key by key, in one of the two encodings."""

    __slots__ = ("_decode_any", "_decode_ref", "_decode_text", "_requests", "_take_apart")

    def __init__(self, take_apart: Callable[[Any], Parts], make_decode: MakeDecode) -> None:
        self._take_apart = take_apart
        self._decode_any = make_decode(Any)
        self._decode_ref = make_decode(RequestRef | None)
        self._decode_text = make_decode(str)
        self._requests = {_tag(request): (request, _keys(request, make_decode)) for request in get_args(AnyRequest)}

    def read(self, payload: bytes | str) -> AnyRequest:
        """Return the request after all, or raise `Refused` with the reason, or `Close` when this is no map."""
        parts = self._apart(payload)
        request = None
        try:
            request, keys = self._type_of(parts)
            return request(**self._values(keys, parts))
        except Wrong as wrong:
            raise Refused(self._error(parts, wrong.code, wrong), request) from wrong
        except Inconsistent as wrong:
            raise Refused(self._error(parts, ErrorCode.BAD_REQUEST, wrong), request) from wrong

    def _apart(self, payload: bytes | str) -> Parts:
        try:
            return self._take_apart(payload)
        except RecursionError as error:
            raise Close(CloseCode.MALFORMED, "the frame is nested too deeply") from error
        except (TypeError, ValueError) as error:
            raise Close(CloseCode.MALFORMED, "a message must be one map") from error

    def _type_of(self, parts: Parts) -> tuple[type[AnyRequest], tuple[Key, ...]]:
        if "t" not in parts:
            raise Wrong(ErrorCode.BAD_REQUEST, "every frame has a `t`", "t")
        tag = self._text(parts["t"])
        if tag is None:
            raise Wrong(ErrorCode.BAD_REQUEST, "`t` is not a string", "t")
        if tag not in self._requests:
            raise Wrong(ErrorCode.UNKNOWN_TYPE, "there is no such request", "t")
        return self._requests[tag]

    def _values(self, keys: tuple[Key, ...], parts: Parts) -> dict[str, Any]:
        values = {}
        for key in keys:
            if key.wire in parts:
                value = self._value(key, parts[key.wire])
                if value is not UNSET:
                    values[key.name] = value
            elif key.required:
                raise Wrong(ErrorCode.BAD_REQUEST, f"`{key.wire}` is missing", key.wire)
        return values

    def _value(self, key: Key, part: Part) -> Any:
        try:
            return key.decode(part)
        except (ValueError, RecursionError) as error:
            if not key.required and self._is_null(part):
                return UNSET
            code = ErrorCode.TOO_LONG if key.is_body and self._is_long(part) else ErrorCode.BAD_REQUEST
            raise Wrong(code, f"`{key.wire}`: {_explain(error)}", key.wire) from error

    def _is_null(self, part: Part) -> bool:
        try:
            return self._decode_any(part) is None
        except (ValueError, RecursionError):
            return False

    def _is_long(self, part: Part) -> bool:
        text = self._text(part)
        return text is not None and len(text) > MAX_BODY_CHARS

    def _text(self, part: Part) -> str | None:
        try:
            text: str = self._decode_text(part)
        except (ValueError, RecursionError):
            return None
        return text

    def _error(self, parts: Parts, code: ErrorCode, wrong: Wrong | Inconsistent) -> Error:
        return Error(ref=self._ref(parts), code=code, message=str(wrong)[:MAX_MESSAGE_CHARS], field=wrong.field)

    def _ref(self, parts: Parts) -> int | None:
        """The frame's `ref`, None if it has none that could be given back."""
        try:
            ref: int | None = self._decode_ref(parts["ref"])
        except (KeyError, ValueError, RecursionError):
            return None
        return ref


def _tag(request: type[Struct]) -> str:
    return str(request.__struct_config__.tag)


def _keys(request: type[Struct], make_decode: MakeDecode) -> tuple[Key, ...]:
    return tuple(
        Key(info.name, info.encode_name, info.required, info.type == Body, make_decode(info.type))
        for info in sorted(fields(request), key=_ref_first)
    )


def _ref_first(info: FieldInfo) -> bool:
    return info.name != "ref"


def _explain(error: Exception) -> str:
    """Say it without the place inside the value, which starts with a puzzling `$`, and without codec internals.

    And without the value itself, which may be a secret at the wrong place: msgspec quotes those of enumerations.
    """
    if not isinstance(error, msgspec.ValidationError):
        return "not a value that can be read"
    text = str(error).partition(" - at `")[0]
    return "none of the values that it takes" if text.startswith("Invalid enum value") else text


_RAW_MAP: Final[msgspec.msgpack.Decoder[dict[str | int, Raw]]] = msgspec.msgpack.Decoder(dict[str | int, Raw])


def msgpack_parts(payload: bytes) -> Parts:
    """Take one msgpack map apart.

    Keys that no frame has are ignored, integers too. Not every kind of key: hashes of tuples can be made to
    collide, and one message of them would keep the hub busy for a second. Raises ValueError or RecursionError.
    """
    return _RAW_MAP.decode(payload)


def json_parts(payload: str) -> Parts:
    """Take one JSON object apart.

    Not by msgspec, which finds half a surrogate pair malformed before one knows where it stands; a browser that cuts a
    text inside an emoji sends just that, and deserves an answer. Raises ValueError, TypeError or RecursionError.
    """
    whole = json.loads(payload, parse_constant=_no_constant, parse_int=_integer)
    if not isinstance(whole, dict):
        raise TypeError("not an object")
    return whole


def json_decode(kind: Any) -> Decode:
    """Return what reads a part that `json_parts` found."""
    decode = msgspec.json.Decoder(kind).decode
    return lambda part: decode(json.dumps(part))


def msgpack_decode(kind: Any) -> Decode:
    """Return what reads a part that `msgpack_parts` found."""
    return msgspec.msgpack.Decoder(kind).decode


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | float:
    # Beyond any range that a frame has; `int` takes quadratic time and Python refuses more than 4,300 digits.
    return int(digits) if len(digits) < _LONGEST_INTEGER else float("inf")
