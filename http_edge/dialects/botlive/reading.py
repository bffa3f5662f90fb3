"""What calls bring, read as what it must be. Pure; all faults of a call are told at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from http_edge.dialects.botlive.errors import Fault, Invalid, Source

MAX_NAME: Final = 128
MAX_MESSAGE: Final = 10_000
MAX_IMAGES: Final = 10
MAX_URL: Final = 2_048
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SPACED: Final = re.compile(r" [0-9]+", re.ASCII)
_BETWEEN_URLS: Final = re.compile(r",(?=\s*https?://)", re.IGNORECASE)


class Letter(Struct, frozen=True, kw_only=True):
    """What a customer says. `images` are as they were given: what is no URL is an image that nobody can see."""

    company_id: str
    user_id: str
    user_name: str | None
    message: str
    images: tuple[str, ...]
    history_lines: int = 0


class Form:
    """The fields of a body or a query. Each reader returns something of its type, and notes what was wrong."""

    def __init__(self, source: Source, values: Mapping[str, Any]) -> None:
        self._source = source
        self._values = values
        self._faults: list[Fault] = []

    @property
    def values(self) -> Mapping[str, Any]:
        """What was given, as it was given."""
        return self._values

    def raw(self, name: str) -> Any:
        """What was given; null is the same as nothing."""
        return self._values.get(name)

    def fault(self, name: str, msg: str, type: str) -> None:
        """Note that something is wrong with this field."""
        self._faults.append(Fault((self._source, name), msg, type))

    def check(self) -> None:
        """Raise `Invalid` if something was wrong."""
        if self._faults:
            raise Invalid(self._faults)

    def text(self, name: str, *, most: int = MAX_NAME, required: bool = True) -> str:
        """A text; what is required is not blank."""
        return self._text(name, self.raw(name), most, required=required)

    def _text(self, name: str, value: Any, most: int, *, required: bool) -> str:
        if value is None:
            if required:
                self.fault(name, "Field required", "missing")
            return ""
        if not isinstance(value, str):
            self.fault(name, "Input should be a valid string", "string_type")
            return ""
        if required and not value.strip():
            self.fault(name, "String should have at least 1 character", "string_too_short")
        if len(value) > most:
            self.fault(name, f"String should have at most {most} characters", "string_too_long")
        return value

    def identity(self, name: str) -> str:
        """A text, or a whole number, which is its decimal text."""
        value = self.raw(name)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return self._text(name, str(value) if is_whole else value, MAX_NAME, required=True)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number."""
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(name, "Input should be a valid integer", "int_parsing")
            return default
        if value < least:
            self.fault(name, f"Input should be greater than or equal to {least}", "greater_than_equal")
        if value > most:
            self.fault(name, f"Input should be less than or equal to {most}", "less_than_equal")
        return value

    def images(self, name: str) -> tuple[str, ...]:
        """URLs in any of the forms that clients send them in."""
        found = tuple(self._images(name, self.raw(name)))
        if len(found) > MAX_IMAGES:
            self.fault(name, f"List should have at most {MAX_IMAGES} items", "too_long")
        return found

    def _images(self, name: str, value: Any) -> Iterable[str]:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                yield from self._written(name, each.strip())
            elif each is not None:
                self.fault(name, "Input should be a list of URLs", "list_type")

    def _written(self, name: str, text: str) -> Iterable[str]:
        """The URLs in a text: a list in JSON, several with commas between them, or one."""
        if text.startswith("["):
            found = _list(text)
            if found is not None:
                yield from self._images(name, found)
                return
        for part in _BETWEEN_URLS.split(text):
            url = part.strip(" \t\r\n,")
            if url:
                yield url


def body_form(body: bytes) -> Form:
    """The fields of a body, which is a JSON object whatever it is called. Raises `Invalid`."""
    if not body.strip():
        raise Invalid([Fault(("body",), "Field required", "missing")])
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # msgspec's own are ValueErrors
        raise Invalid([Fault(("body",), "JSON decode error", "json_invalid")]) from None
    if not isinstance(found, dict):
        raise Invalid([Fault(("body",), "Input should be a valid dictionary", "model_attributes_type")])
    return Form("body", found)


def query_form(args: MultiDict[str, str]) -> Form:
    """The fields of a query; of one that is repeated the first counts."""
    return Form("query", args.to_dict())


def letter_in_query(args: MultiDict[str, str]) -> Letter:
    """What a customer says by GET: `images` may be repeated. Raises `Invalid`.

    A plus in a query is a space: a user's id that is digits after one space is what was meant to be a phone number.
    """
    values: dict[str, Any] = args.to_dict() | {"images": args.getlist("images")}
    user = args.get("user_id", "")
    if _SPACED.fullmatch(user):
        values["user_id"] = f"+{user[1:]}"
    return letter_of(Form("query", values))


def letter_of(form: Form) -> Letter:
    """What a customer says. Raises `Invalid`."""
    company, user = form.text("company_id"), form.identity("user_id")
    name = form.text("user_name", required=False).strip()
    message = form.text("message", most=MAX_MESSAGE, required=False)
    images = form.images("images")
    form.check()
    if not message.strip() and not images:
        form.fault("message", "A message without images cannot be blank", "missing")
        form.check()
    return Letter(
        company_id=company,
        user_id=user,
        user_name=name or None,
        message=message if message.strip() else "",
        images=images,
        history_lines=_lines(form.raw("conversation_history")),
    )


def web_url(form: Form, name: str) -> str:
    """A URL of a web server, as it is given. What it leads to is looked at when it is called."""
    url = form.text(name, most=MAX_URL)
    if url.strip() and (not url.lower().startswith(("http://", "https://")) or not url.isprintable() or " " in url):
        form.fault(name, "Input should be a valid URL", "url_parsing")
    return url


def _list(text: str) -> Sequence[Any] | None:
    try:
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _lines(history: object) -> int:
    """How long a history is, which is all that is looked at of it."""
    if isinstance(history, str):
        return len(history.splitlines())
    return len(history) if isinstance(history, list) else 0
