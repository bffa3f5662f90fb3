"""The settings of a company as people write them, in TOML or JSON: read, checked as a whole, and shown again. Pure.

Every complaint names the place: `companies[0].zones[2].fee: expected int >= 0`. Whether users and photos that are named
exist is known elsewhere.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import phonenumbers
from msgspec import Meta, Struct, ValidationError
from msgspec.structs import asdict

from actors.order import phones
from actors.order.company import (
    ABIDJAN,
    COUNTRY,
    CURRENCY,
    DEPOSIT,
    HANDOVER_MINUTES,
    MIN_INLIERS,
    TIMEZONE,
    Company,
    Ocr,
    Product,
    Zone,
)
from actors.order.speech import BadText, check_texts

MAX_MONEY: Final = 10**12
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<place>.*)`)?$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Money = Annotated[int, Meta(ge=0, le=MAX_MONEY)]


class BadSettings(Exception):
    """The settings cannot be used; the message names the first place that is wrong, and what may stand there."""


class _Product(Struct, forbid_unknown_fields=True):
    name: Name
    aliases: tuple[Name, ...] = ()
    price: Money | None = None
    photos: tuple[str, ...] = ()


class _Zone(Struct, forbid_unknown_fields=True):
    name: Name
    fee: Money
    aliases: tuple[Name, ...] = ()


class _Company(Struct, forbid_unknown_fields=True):
    company_id: Annotated[str, Meta(min_length=1, max_length=128)]
    name: Name | None = None
    country: str = COUNTRY
    timezone: str = TIMEZONE
    currency: Annotated[str, Meta(pattern=r"^[^\W\d_]{1,8}\Z")] = CURRENCY
    deposit: Annotated[int, Meta(ge=1, le=MAX_MONEY)] = DEPOSIT
    payment_numbers: tuple[str, ...] = ()
    handover_minutes: Annotated[int, Meta(ge=1, le=10_080)] = HANDOVER_MINUTES
    staff: tuple[Name, ...] = ()
    vision_min_inliers: Annotated[int, Meta(ge=4, le=10_000)] = MIN_INLIERS
    ocr: Ocr = "auto"
    catalogue: tuple[_Product, ...] = ()
    zones: tuple[_Zone, ...] | None = None
    texts: dict[str, str] = {}


def parse_company(table: object, where: str = "") -> Company:
    """Return the company that a table (in JSON: an object) describes, at `where` in its file. Raises `BadSettings`.

    What is missing or null has its default; unknown keys are refused.
    """
    try:
        written = msgspec.convert(_without_nulls(table), _Company)
    except ValidationError as error:
        raise BadSettings(_complaint(str(error), where)) from error
    try:
        _check(written)
        return _company(written)
    except _Wrong as error:
        raise BadSettings(_joined(where, str(error))) from error


def company_table(company: Company) -> dict[str, Any]:
    """Return the settings as JSON shows them, with every key."""
    table: dict[str, Any] = msgspec.to_builtins(company)
    return table


class _Wrong(Exception):
    """A value is of the right type, and wrong; the message names the place inside the company."""


def _company(written: _Company) -> Company:
    zones = ABIDJAN if written.zones is None else tuple(Zone(**asdict(each)) for each in written.zones)
    parts = {
        "name": written.name or written.company_id[:100],
        "payment_numbers": tuple(_e164(written.payment_numbers, written.country)),
        "catalogue": tuple(Product(**asdict(each)) for each in written.catalogue),
        "zones": zones,
    }
    return Company(**asdict(written) | parts)


def _check(written: _Company) -> None:
    _check_shown("company_id", written.company_id)
    _check_shown("name", written.name or written.company_id)
    if written.country not in phonenumbers.SUPPORTED_REGIONS:
        raise _Wrong(f"country: no country has the code {written.country!r}")
    _check_timezone(written.timezone)
    _check_names("catalogue", [each.name for each in written.catalogue])
    _check_names("zones", [each.name for each in written.zones or ()])
    _check_names("staff", written.staff, key="")
    for place, product in enumerate(written.catalogue):
        # They stand around the source in the status.
        if "[" in product.name or "]" in product.name:
            raise _Wrong(f"catalogue[{place}].name: expected a name without brackets")
    try:
        check_texts(written.texts)
    except BadText as error:
        raise _Wrong(str(error)) from error


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise _Wrong(f"timezone: there is no time zone {name!r}; expected one of IANA's, such as {TIMEZONE}") from error


def _check_names(section: str, names: Sequence[str], *, key: str = ".name") -> None:
    for place, name in enumerate(names):
        _check_shown(f"{section}[{place}]{key}", name)
        first = names.index(name)
        if first != place:
            raise _Wrong(f"{section}[{place}]{key}: {name!r} stands in {section}[{first}] already")


def _check_shown(place: str, text: str) -> None:
    if not text.isprintable() or not text.strip():
        raise _Wrong(f"{place}: expected printable characters")


def _e164(numbers: Iterable[str], country: str) -> Iterable[str]:
    for place, number in enumerate(numbers):
        found = phones.e164(number, country)
        if found is None:
            raise _Wrong(f"payment_numbers[{place}]: expected a phone number of {country}, or one with a country code")
        yield found


def _without_nulls(value: object) -> object:
    """JSON's way to leave something out is to have it be null."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _complaint(message: str, where: str) -> str:
    found = _PLACE.match(message)
    what, place = (found["what"], found["place"] or "") if found else (message, "")
    unknown = _UNKNOWN.match(what)
    if unknown is not None:
        key = unknown["key"]
        near = difflib.get_close_matches(key.lower(), _keys(place), n=1, cutoff=0)[0]
        return f"{_joined(_joined(where, place), _printable(key))}: unknown key; the nearest one is {near}"
    text = what[:1].lower() + what[1:].replace("`", "")
    return f"{_joined(where, place) or 'settings'}: {_printable(text)}"


def _keys(place: str) -> Sequence[str]:
    """What may stand there."""
    shape = _Zone if place.startswith("zones[") else _Product if place.startswith("catalogue[") else _Company
    return shape.__struct_fields__


def _joined(where: str, place: str) -> str:
    return ".".join(part for part in (where, place) if part)


def _printable(text: str, limit: int = 200) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)[:limit]
