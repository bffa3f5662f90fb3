"""A house, and time that passes when nothing else happens."""

from pathlib import Path

import pytest

from tests.actors.conversation.house import House
from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_virtual_time(items, Path(__file__).parent)


@pytest.fixture
def house() -> House:
    return House()
