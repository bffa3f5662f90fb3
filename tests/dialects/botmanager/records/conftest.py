"""All of it runs in virtual time."""

from pathlib import Path

import pytest
import trio

from tests.dialects.botmanager.records.desk import Desk, open_desk
from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here a clock that jumps."""
    in_virtual_time(items, Path(__file__).parent)


@pytest.fixture
async def desk(nursery: trio.Nursery) -> Desk:
    """A hub as it is by default."""
    return await open_desk(nursery)
