"""One hub for all tests of the API: what they make they tell apart by its names."""

from collections.abc import Iterator

import pytest

from tests.dialects.botlive.market import Market, hub_in


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A hub that programs of its machine may call, and that may call them."""
    env = {"HUBBUB_BOTLIVE_RATE_PER_MIN": "100000", "HUBBUB_BOTLIVE_STATS_RATE_PER_MIN": "100000"}
    with hub_in(tmp_path_factory.mktemp("open"), env | {"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8"}) as hub:
        yield Market(hub)
        assert hub.alive(), hub.log_text()
    assert "Traceback" not in hub.log_text(), hub.log_text()
