"""One hub for all tests of the API: what they make they tell apart by its names."""

from collections.abc import Iterator

import pytest

from tests.dialects.chatpion.shop import Shop, hub_in


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A hub whose keys may be used as often as tests need."""
    env = {"HUBBUB_CHATPION_RATE_PER_MIN": "100000", "HUBBUB_CHATPION_RATE_PER_DAY": "1000000"}
    with hub_in(tmp_path_factory.mktemp("chatpion"), env=env) as hub:
        yield Shop(hub)
        assert hub.alive(), hub.log_text()
    assert "Traceback" not in hub.log_text(), hub.log_text()
