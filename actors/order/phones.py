"""Phone numbers in a text, and the form in which they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

CALLABLE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
DIGITS: Final = re.compile(r"(?<![\w+])\+?\d(?:[ .\-/]?\d){5,16}(?!\w)")
SHORT: Final = 8
"""So many digits Ivorian numbers had until 2021: today nobody can know which operator's prefix is left out."""


MOST: Final = 20
"""So many runs of digits are looked at: who sends more of them does not say where to call."""


class Found(NamedTuple):
    """A number as `canonical` has it, and where it begins in the text."""

    number: str
    at: int


class Phones(NamedTuple):
    """The numbers of a text in order; `unclear`: there are digits that look like one and are none."""

    valid: tuple[Found, ...] = ()
    unclear: bool = False


def find(text: str, country: str) -> Phones:
    """Return the numbers in a text."""
    valid, unclear = [], False
    for match in islice(DIGITS.finditer(text), MOST):
        found = next((each for each in _readings(match, country) if each is not None), None)
        if found is not None:
            valid.append(found)
        else:
            unclear = unclear or len(re.sub(r"\D", "", match.group())) >= SHORT
    return Phones(tuple(valid), unclear)


def _readings(match: re.Match[str], country: str) -> Iterator[Found | None]:
    """All digits as one number, then without what may stand before it: `taille 3 0709876543`."""
    text = match.group()
    for gap in (None, *islice(re.finditer(r"[ .\-/]", text), 2)):
        start = 0 if gap is None else gap.end()
        kept = canonical(text[start:], country)
        yield None if kept is None else Found(kept, match.start() + start)


def canonical(text: str, country: str) -> str | None:
    """Return a number as it is kept, None for what is none.

    It is written as in its country, without spaces; a foreign one is in E.164.
    """
    parsed = _parse(text, country)
    if parsed is None:
        return None
    if phonenumbers.region_code_for_number(parsed) == country:
        national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
        return re.sub(r"\D", "", national)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def e164(text: str, country: str) -> str | None:
    """Return a number in the form in which numbers are compared."""
    parsed = _parse(text, country)
    return None if parsed is None else phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _parse(text: str, country: str) -> PhoneNumber | None:
    digits = re.sub(r"[^\d+]", "", text)
    international = "+" + digits[2:] if digits.startswith("00") else digits
    # `225…` is the country's own number without its plus; any other country has to be said to be one.
    own = f"+{digits}" if digits.startswith(str(phonenumbers.country_code_for_region(country))) else international
    for candidate in (international, own):
        try:
            parsed = phonenumbers.parse(candidate, country)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in CALLABLE:
            return parsed
    return None
