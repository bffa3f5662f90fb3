"""A hub and the people of it."""

import pytest
import trio

from tests.dialects.botmanager.accounts.house import House


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
