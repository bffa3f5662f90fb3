"""All of it runs in virtual time."""

from pathlib import Path

import pytest
import trio

from tests.dialects.botmanager.accounts.house import House
from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here a clock that jumps."""
    in_virtual_time(items, Path(__file__).parent)


@pytest.fixture
async def house(nursery: trio.Nursery) -> House:
    """A hub as it is by default, with nobody in it."""
    house = House()
    await nursery.start(house.stage.system.run)
    return house


@pytest.fixture
async def home(house: House) -> House:
    """The same with root, who administers it, and alice, who has a bot (1)."""
    for name in ("root", "alice"):
        await house.register(name)
    alice = await house.sign_in("alice")
    assert (await alice.post("/api/my-bots", {"name": "ci"})).status == 200
    return house
