"""A company: in a storage on disk, for what needs all of it, and in memory, for what is the same there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.order.company import Company, Product
from storage import Storage, open_storage
from tests.fakes.memory_botlive import MemoryBotlive
from tests.fakes.memory_store import MemoryStore
from tests.storage.botlive.till import NOW, Till

COMPANY = Company(company_id="C", name="Chez Awa", catalogue=(Product(name="lingettes", price=5_000),))


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        yield storage


@pytest.fixture
async def till() -> Till:
    kept = MemoryBotlive(MemoryStore())
    return Till(kept, await kept.shops.save(COMPANY, NOW))


@pytest.fixture
async def real_till(storage: Storage) -> Till:
    return Till(storage.botlive, await storage.botlive.shops.save(COMPANY, NOW))
