"""A house, and time that passes when nothing else happens."""

import pytest

from tests.actors.conversation.house import House


@pytest.fixture
def house() -> House:
    return House()
