"""A stage for puppets."""

import pytest
import trio

from tests.actors.runtime.puppet import Stage


@pytest.fixture
async def stage(nursery: trio.Nursery) -> Stage:
    return Stage(nursery)
