"""A hub and its bots."""

import pytest
import trio

from tests.dialects.botmanager.bots.crew import Crew, open_crew


@pytest.fixture
async def crew(nursery: trio.Nursery) -> Crew:
    """A hub as it is by default."""
    return await open_crew(nursery)
