"""The keeper of a view: what it writes down, when, and what happens if it cannot."""

from collections.abc import Iterator

import pytest
import trio

from actors.messages.outcomes import Refused
from actors.messages.view import AnyViewMessage, Ended, Got, Resume, Resumed
from actors.runtime import Failure, System
from actors.view.actor import view_kind
from protocol.codes import ErrorCode
from tests.fakes.memory_store import MemoryStore


class House:
    """One keeper, alice's, over a store in memory; she is in two conversations."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.alice = self.store.add_user("alice")
        self.convs = [self.store.add_conversation("closed", [self.alice]) for _ in range(2)]
        self.failures: list[Failure] = []
        self.system = System([view_kind(views=self.store.views)], codec_check=True, on_failure=self.failures.append)

    def tell(self, message: AnyViewMessage) -> None:
        self.system.ref("view", self.alice.id).tell(message)

    async def resume(self) -> object:
        return await self.system.ref("view", self.alice.id).ask(Resume(since=1_000))

    async def stored(self) -> dict[int, int]:
        return {conv: seq for conv, _, seq in await self.store.views.resume(self.alice.id, 1_000)}


@pytest.fixture
async def house(nursery: trio.Nursery) -> House:
    house = House()
    await nursery.start(house.system.run)
    return house


@pytest.fixture(autouse=True)
def nothing_failed(house: House) -> Iterator[None]:
    yield
    assert house.failures == []


async def test_what_was_got_is_on_disk_within_a_second_in_one_write(house: House) -> None:
    first, second = house.convs
    for seq in range(2, 50):
        house.tell(Got(positions={first: seq}))
        await trio.sleep(0.01)
    house.tell(Got(positions={second: 3}))
    await trio.sleep(1)
    assert await house.stored() == {first: 49, second: 3}
    assert len(house.store.views.saves) == 1


async def test_keepers_write_in_the_same_moments_so_that_the_store_can_take_them_together(house: House) -> None:
    bob = house.store.add_user("bob")
    await trio.sleep(0.3)
    house.tell(Got(positions={house.convs[0]: 5}))
    await trio.sleep(0.4)
    house.system.ref("view", bob.id).tell(Got(positions={house.convs[0]: 5}))
    await trio.sleep(2)
    first, second = house.store.views.saves
    assert first == second


async def test_the_end_of_a_connection_is_written_at_once(house: House) -> None:
    house.tell(Got(positions={house.convs[0]: 5}))
    house.tell(Ended())
    await trio.sleep(0.001)
    assert (await house.stored())[house.convs[0]] == 5


async def test_a_connection_that_begins_knows_what_is_not_written_yet(house: House) -> None:
    house.tell(Got(positions={house.convs[0]: 5}))
    resumed = await house.resume()
    assert isinstance(resumed, Resumed)
    assert resumed.cursors == [(house.convs[0], 1, 5), (house.convs[1], 1, 0)]


async def test_what_cannot_be_written_waits_until_it_can(house: House) -> None:
    house.store.views.unwritable = True
    house.tell(Got(positions={house.convs[0]: 5}))
    house.tell(Ended())
    await trio.sleep(60)
    assert house.store.views.saves == []
    house.store.views.unwritable = False
    await trio.sleep(2)
    assert (await house.stored())[house.convs[0]] == 5


async def test_a_store_that_cannot_be_read_refuses_the_connection(house: House) -> None:
    house.store.unreadable = True
    refused = await house.resume()
    assert isinstance(refused, Refused)
    assert (refused.code, refused.retry_ms) == (ErrorCode.UNAVAILABLE, 500)


async def test_an_orderly_end_leaves_nothing_unwritten(house: House) -> None:
    house.tell(Got(positions={house.convs[0]: 5}))
    await house.system.drain("view", deadline=trio.current_time() + 1)
    assert (await house.stored())[house.convs[0]] == 5


async def test_it_sleeps_when_all_is_written(house: House) -> None:
    house.tell(Got(positions={house.convs[0]: 5}))
    await trio.sleep(100)
    assert house.system.statistics()["view"].actors == 0
