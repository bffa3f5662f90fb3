"""Every test here runs in virtual time."""

from pathlib import Path

import pytest

from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_virtual_time(items, Path(__file__).parent)
