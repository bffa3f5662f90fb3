"""A running stage."""

import pytest
import trio

from tests.fakes.stage import Stage


@pytest.fixture
async def stage(nursery: trio.Nursery) -> Stage:
    """A hub without sockets: alice with a password, bob without one, the bot ci. Three wrong passwords a minute."""
    stage = Stage(login_rate_per_min=3)
    alice = stage.store.add_user("alice", password_hash="hash of secret")
    stage.store.add_user("bob")
    stage.store.add_bot("ci", alice)
    await nursery.start(stage.system.run)
    return stage
