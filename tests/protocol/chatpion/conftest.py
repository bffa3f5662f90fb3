from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.chatpion.server import ApiServer


@pytest.fixture(scope="module")
def running() -> Iterator[ApiServer]:
    with ApiServer() as server:
        yield server


@pytest.fixture
def server(running: ApiServer) -> ApiServer:
    """A server that has said nothing yet, and is to say nothing."""
    running.starts_afresh()
    return running
