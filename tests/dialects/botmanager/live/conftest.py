"""All of it runs in virtual time."""

from pathlib import Path

import pytest
import trio

from tests.dialects.botmanager.bots.crew import open_crew
from tests.dialects.botmanager.live.gallery import Gallery
from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here a clock that jumps."""
    in_virtual_time(items, Path(__file__).parent)


@pytest.fixture
async def gallery(nursery: trio.Nursery) -> Gallery:
    """A hub whose sockets are empty."""
    gallery = Gallery(await open_crew(nursery))
    nursery.start_soon(gallery.server.run)
    return gallery
