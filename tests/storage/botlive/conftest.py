"""A storage of its own, and a company in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.order.company import Company, Product
from actors.order.values import Shop
from storage import Storage, open_storage
from tests.storage.botlive.till import NOW, Till

COMPANY = Company(company_id="C", name="Chez Awa", catalogue=(Product(name="lingettes", price=5_000),))


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        yield storage


@pytest.fixture
async def shop(storage: Storage) -> Shop:
    return await storage.botlive.shops.save(COMPANY, NOW)


@pytest.fixture
async def till(storage: Storage, shop: Shop) -> Till:
    return Till(storage.botlive, shop)
