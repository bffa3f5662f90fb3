"""A hub whose bots record."""

import pytest
import trio

from tests.dialects.botmanager.records.desk import Desk, open_desk


@pytest.fixture
async def desk(nursery: trio.Nursery) -> Desk:
    """A hub as it is by default."""
    return await open_desk(nursery)
