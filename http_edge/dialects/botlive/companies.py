"""The settings of companies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from actors.order.ports import NoSuchPhoto, Shops, UnknownStaff
from actors.order.settings import BadSettings, company_table, parse_company
from actors.shop.counter import Counter
from http_edge.dialects.botlive.errors import Fault, Invalid, expected, missing, one
from http_edge.dialects.botlive.reading import MAX_NAME, body_form
from http_edge.dialects.botlive.routes import PREFIX, Call, Endpoint, Route
from http_edge.gateway import Gateway

RULE: Final = f"{PREFIX}/admin/company/<company_id>"
WHAT: Final = "Company"
_PART: Final = re.compile(r"[^.\[\]]+")


class Settings(Struct, frozen=True):
    """A company. What is left out has its default. docs/dialects/botlive.md has the fields of products and zones."""

    name: str | None = None
    country: str = "CI"
    timezone: str = "Africa/Abidjan"
    currency: str = "FCFA"
    deposit: int = 2_000
    payment_numbers: list[str] = []
    handover_minutes: int = 30
    staff: list[str] = []
    vision_min_inliers: int = 18
    ocr: str = "auto"
    catalogue: list[dict[str, Any]] = []
    zones: list[dict[str, Any]] | None = None
    texts: dict[str, str] = {}


class CompanySection:
    """Routes about settings. It has no state."""

    def __init__(self, *, shops: Shops, counter: Counter, gateway: Gateway) -> None:
        self._shops = shops
        self._counter = counter
        self._gateway = gateway

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(route=Route(method="GET", rule=RULE), handler=self.show, also=(404,)),
            Endpoint(route=Route(method="PUT", rule=RULE), handler=self.save, body=Settings),
        ]

    async def show(self, call: Call) -> dict[str, Any]:
        """Show the settings of a company; its photos by the SHA-256 of what is in them."""
        found = expected(await self._gateway.read(self._shops.settings(call.path["company_id"])))
        if found is None:
            raise missing(WHAT)
        return company_table(found)

    async def save(self, call: Call) -> dict[str, Any]:
        """Have these settings, all of them, from now on. Staff who come or go do so in every room."""
        form = body_form(await call.request.body)
        company_id = call.path["company_id"]
        if form.raw("company_id") not in (None, company_id):
            raise one("body", "company_id", "Input should be the company of the path")
        await self._save(form.values, company_id)
        return await self.show(call)

    async def _save(self, values: Mapping[str, Any], company_id: str) -> None:
        if len(company_id) > MAX_NAME:
            raise one("body", "company_id", f"String should have at most {MAX_NAME} characters", "string_too_long")
        try:
            company = parse_company({**values, "company_id": company_id})
            expected(await self._gateway.read(self._counter.save(company)))
        except BadSettings as error:
            raise _misplaced(str(error)) from None
        except UnknownStaff as error:
            raise Invalid([Fault(("body", "staff", str(error.place)), str(error), "value_error")]) from None
        except NoSuchPhoto as error:
            raise one("body", "catalogue", str(error)) from None


def _misplaced(complaint: str) -> Invalid:
    """`zones[2].fee: expected int >= 0` as FastAPI says it."""
    place, _, what = complaint.partition(": ")
    return Invalid([Fault(("body", *_PART.findall(place)), what or complaint, "value_error")])
