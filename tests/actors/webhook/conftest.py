"""Webhooks with the conversations that call them, in virtual time."""

from pathlib import Path

import pytest

from tests.actors.subscriber.parlour import Parlour
from tests.actors.webhook.post import Post
from tests.fakes.virtual_time import in_virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_virtual_time(items, Path(__file__).parent)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def parlour() -> Parlour:
    return Parlour()
