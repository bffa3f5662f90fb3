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
    """A hub without sockets: alice, bob, carol; alice and bob are in conversation 1."""
    stage = Stage()
    alice, bob = stage.store.add_user("alice"), stage.store.add_user("bob")
    stage.store.add_user("carol")
    stage.store.add_conversation("closed", [alice, bob], name="ops")
    await nursery.start(stage.system.run)
    return stage
