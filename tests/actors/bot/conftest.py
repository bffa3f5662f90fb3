"""A running stage, and both subprotocols."""

import pytest
import trio

from protocol.codec import JSON, MSGPACK, Codec
from tests.fakes.stage import Stage


@pytest.fixture(params=[MSGPACK, JSON], ids=["msgpack", "json"])
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each subprotocol."""
    chosen: Codec = request.param
    return chosen


@pytest.fixture
async def stage(nursery: trio.Nursery) -> Stage:
    """A hub without sockets: alice owns the bot ci, bob owns none, root administers the hub."""
    stage = Stage()
    alice = stage.store.add_user("alice")
    stage.store.add_user("bob")
    stage.store.add_user("root", role="admin")
    ci = stage.store.add_bot("ci", alice)
    stage.store.add_conversation("closed", [alice, ci], name="ops")
    await nursery.start(stage.system.run)
    return stage
