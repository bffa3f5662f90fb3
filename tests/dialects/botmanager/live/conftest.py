"""A hub and what shows it live."""

import pytest
import trio

from tests.dialects.botmanager.bots.crew import open_crew
from tests.dialects.botmanager.live.gallery import Gallery


@pytest.fixture
async def gallery(nursery: trio.Nursery) -> Gallery:
    """A hub whose sockets are empty."""
    gallery = Gallery(await open_crew(nursery))
    nursery.start_soon(gallery.server.run)
    return gallery
