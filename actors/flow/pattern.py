"""Regular expressions that cannot hang. Pure.

Python's `re` goes back and tries again, without a limit of time: a pattern like `(a+)+b` and thirty letters stop the
hub. Refusing nested repeats does not help, `a*a*a*a*b` has none. So a pattern becomes a list of instructions here, and
a search follows all ways through it at once, one character after the other (Thompson, 1968; Cox, "Regular Expression
Matching: the Virtual Machine Approach"): never more than `MAX_SIZE` x `MAX_TEXT` single steps, whatever the pattern.

The language is Python's but for what needs going back: no back references, no looking ahead or behind, no possessive
repeats; flags only as a leading `(?i)`. What one character may be is left to `re`, so that classes mean the same.
"""

import re
import warnings
from typing import Final, NamedTuple

from actors.flow.errors import BadPattern

MAX_PATTERN: Final = 500
MAX_SIZE: Final = 300
MAX_TEXT: Final = 1_000
MAX_DEPTH: Final = 20

_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[dDwWsSnrtfv]|[^A-Za-z0-9])", re.DOTALL)
_COUNT: Final = re.compile(r"\{(?:([0-9]+)(,?)([0-9]*)|(,)([0-9]*))\}")
_ONE: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_EDGES: Final = {"^": r"\A", "$": "$", r"\A": r"\A", r"\Z": r"\Z", r"\b": r"\b", r"\B": r"\B"}


class One(NamedTuple):
    """Takes one character that `like` matches, and goes on behind."""

    like: re.Pattern[str]


class Edge(NamedTuple):
    """Goes on behind if `like` matches, empty, at this place."""

    like: re.Pattern[str]


class Fork(NamedTuple):
    """Goes on at each of these places, counted from here."""

    by: tuple[int, ...]


Code = list[One | Edge | Fork]


class Pattern:
    """A pattern, ready for searching. Raises `BadPattern`."""

    __slots__ = ("_code",)

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN:
            raise BadPattern(f"longer than {MAX_PATTERN} characters")
        self._code = _Parser(source).parse()

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the first `MAX_TEXT` characters of the text."""
        text = text[:MAX_TEXT]
        places: set[int] = set()
        for at in range(len(text) + 1):
            places = self._reach(places | {0}, text, at)
            if len(self._code) in places:
                return True
            places = {place + 1 for place in places if self._takes(place, text, at)}
        return False

    def _takes(self, place: int, text: str, at: int) -> bool:
        step = self._code[place]
        return isinstance(step, One) and at < len(text) and step.like.match(text, at) is not None

    def _reach(self, places: set[int], text: str, at: int) -> set[int]:
        """All places that can be reached from these without taking a character."""
        reached, ahead = set(places), list(places)
        while ahead:
            new = [place for place in self._ways(ahead.pop(), text, at) if place not in reached]
            reached.update(new)
            ahead += new
        return reached

    def _ways(self, place: int, text: str, at: int) -> list[int]:
        step = self._code[place] if place < len(self._code) else None
        if isinstance(step, Fork):
            return [place + by for by in step.by]
        if isinstance(step, Edge) and step.like.match(text, at):
            return [place + 1]
        return []


class _Parser:
    """Goes through a pattern once, from left to right."""

    __slots__ = ("_at", "_depth", "_flags", "_source")

    def __init__(self, source: str) -> None:
        self._flags = re.IGNORECASE if source.startswith("(?i)") else re.NOFLAG
        self._source = source
        self._at = 4 if self._flags else 0
        self._depth = 0

    def parse(self) -> Code:
        code = self._either()
        if self._at < len(self._source):
            raise BadPattern("unbalanced parenthesis")
        return _small(code)

    def _either(self) -> Code:
        code = self._sequence()
        while self._take("|"):
            other = self._sequence()
            code = _small([Fork((1, len(code) + 2)), *code, Fork((len(other) + 1,)), *other])
        return code

    def _sequence(self) -> Code:
        code: Code = []
        while self._at < len(self._source) and self._source[self._at] not in "|)":
            code = _small(code + self._repeated())
        return code

    def _repeated(self) -> Code:
        at = self._at
        code = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return code
        if self._source[at] != "(" and isinstance(code[0], Edge):
            raise BadPattern("nothing to repeat")
        if self._take("+"):
            raise BadPattern("possessive repeats are not taken")
        self._take("?")  # as few or as many as can be: whether it matches is the same
        if self._bounds() is not None:
            raise BadPattern("a repeat of a repeat")
        return _repeat(code, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        if self._source[self._at : self._at + 1] in _ONE:
            self._at += 1
            return _ONE[self._source[self._at - 1]]
        count = _COUNT.match(self._source, self._at)
        if count is None:
            return None
        self._at = count.end()
        low, comma, high, _, most = count.groups()
        least = int(low or 0)
        bound = most or high or (None if comma else low)
        if bound is not None and int(bound) < least:
            raise BadPattern("a repeat with its bounds the wrong way round")
        return least, None if bound is None else int(bound)

    def _atom(self) -> Code:
        for sign, like in _EDGES.items():
            if self._take(sign):
                return [Edge(re.compile(like))]
        if self._take("("):
            return self._group()
        if self._source[self._at] in "*+?":
            raise BadPattern("nothing to repeat")
        return [One(self._one())]

    def _group(self) -> Code:
        if not self._take("?:") and self._source.startswith("?", self._at):
            raise BadPattern("of groups, only (…) and (?:…) are taken")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadPattern(f"more than {MAX_DEPTH} groups in each other")
        code = self._either()
        self._depth -= 1
        if not self._take(")"):
            raise BadPattern("unbalanced parenthesis")
        return code

    def _one(self) -> re.Pattern[str]:
        sign = self._source[self._at]
        if sign == "[":
            return self._compiled(self._matched(_CLASS, "a class without an end"))
        if sign == "\\":
            return self._compiled(self._matched(_ESCAPE, "an escape that is not taken"))
        self._at += 1
        return self._compiled(sign if sign == "." else re.escape(sign))

    def _matched(self, form: re.Pattern[str], fault: str) -> str:
        found = form.match(self._source, self._at)
        if found is None:
            raise BadPattern(fault)
        self._at = found.end()
        return found[0]

    def _compiled(self, one: str) -> re.Pattern[str]:
        # Python warns of classes that may mean something else in a later version: not whoever runs the hub.
        with warnings.catch_warnings(action="ignore"):
            try:
                return re.compile(one, self._flags)
            except re.error as error:
                raise BadPattern(str(error)) from error

    def _take(self, sign: str) -> bool:
        if not self._source.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True


def _repeat(code: Code, least: int, most: int | None) -> Code:
    """The code so often: what must be there, then what may be there."""
    if (len(code) + 1) * max(least, most or 0) > MAX_SIZE:
        raise BadPattern("too long when its repeats are written out")
    if most is None:
        return code * least + [Fork((1, len(code) + 2)), *code, Fork((-len(code) - 1,))]
    rest: Code = []
    for _ in range(most - least):
        rest = [Fork((1, len(code) + len(rest) + 1)), *code, *rest]
    return code * least + rest


def _small(code: Code) -> Code:
    if len(code) > MAX_SIZE:
        raise BadPattern("too long when its repeats are written out")
    return code
