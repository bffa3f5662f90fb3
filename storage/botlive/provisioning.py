"""The section `companies` of a provisioning file, inside its transaction. Companies are known by their `company_id`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from actors.order.company import Company
from actors.order.ports import UnknownStaff
from storage.botlive.shop_rows import ShopRows, unset
from storage.driver import Driver
from storage.errors import ProvisionError


class CompanyErrand:
    """Makes what is not there. A company that only customers have made so far gets the settings of the file."""

    def __init__(self, connection: AsyncConnection, rows: ShopRows, *, now: int) -> None:
        self._connection = connection
        self._rows = rows
        self._now = now

    async def carry_out(self, wanted: Sequence[Company]) -> dict[str, dict[str, Any]]:
        """Return the ids. Raises `ProvisionError` for staff whom nobody knows."""
        raw = await self._connection.get_raw_connection()
        driver = cast("Driver", raw.driver_connection)
        return await driver.run(lambda connection: self._make(connection, wanted))

    def _make(self, raw: sqlite3.Connection, wanted: Sequence[Company]) -> dict[str, dict[str, Any]]:
        answer: dict[str, dict[str, Any]] = {}
        for place, company in enumerate(wanted):
            try:
                answer[company.company_id] = {"id": self._company(raw, company)}
            except UnknownStaff as error:
                path = f"companies[{place}].staff[{error.place}]"
                raise ProvisionError(path, f"{error}, neither in the file nor in the hub") from error
        return answer

    def _company(self, raw: sqlite3.Connection, company: Company) -> int:
        known, settings = self._rows.named(raw, company.company_id), self._rows.settings(raw, company.company_id)
        if known is None or settings == unset(company.company_id):
            return self._rows.save(raw, company, self._now).id
        return known.id
