"""One hub without a key and one with, for all tests of the API."""

from collections.abc import Iterator

import pytest

from tests.dialects.botlive.market import KEY, Market, hub_in


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A hub that programs of its machine may call, and may call out to them."""
    env = {"HUBBUB_BOTLIVE_RATE_PER_MIN": "100000", "HUBBUB_BOTLIVE_STATS_RATE_PER_MIN": "100000"}
    with hub_in(tmp_path_factory.mktemp("open"), env | {"HUBBUB_OUTBOUND_ALLOW": "127.0.0.0/8"}) as hub:
        yield Market(hub)
        assert hub.alive(), hub.log_text()
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A hub with a key, tight limits, and one page of another site that may read its answers."""
    env = {
        "HUBBUB_BOTLIVE_API_KEY": KEY,
        "HUBBUB_BOTLIVE_RATE_PER_MIN": "5",
        "HUBBUB_BOTLIVE_STATS_RATE_PER_MIN": "3",
        "HUBBUB_CORS_ORIGINS": "https://shop.example",
        "HUBBUB_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    with hub_in(tmp_path_factory.mktemp("closed"), env) as hub:
        yield Market(hub)
        assert hub.alive(), hub.log_text()
    assert "Traceback" not in hub.log_text(), hub.log_text()
