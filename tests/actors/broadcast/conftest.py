"""All of it runs in virtual time."""

from pathlib import Path

import pytest

from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here a clock that jumps."""
    in_virtual_time(items, Path(__file__).parent)
