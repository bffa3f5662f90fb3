"""Which dialects listen for themselves."""

import logging

import pytest

from hub.config import Address, Config
from hub.config.model import DIALECTS as KNOWN
from hub.edge import DIALECTS, own_addresses, warn_of_unspoken

WHERE = Address("127.0.0.1", 0)


def test_every_dialect_can_be_bound() -> None:
    assert set(DIALECTS) == set(KNOWN)


def test_what_is_bound_listens_and_what_is_not_spoken_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    config = Config(dialect_bind=(("aurorialink", WHERE), ("telex", WHERE)))
    assert own_addresses(config) == {"aurorialink": WHERE}
    warn_of_unspoken(config)
    assert [vars(record)["dialect"] for record in caplog.records] == ["telex"]
