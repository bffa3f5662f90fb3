"""A storage of its own, and what is in it."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from actors.chatpion.values import Account
from storage import Storage, open_storage
from storage.chatpion.assembly import ChatPion


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        yield storage


@pytest.fixture
async def kept(storage: Storage) -> ChatPion:
    return storage.chatpion


@pytest.fixture
async def account(kept: ChatPion) -> Account:
    return await kept.tenants.create(name="Example", email="example@mail.example", plan="premium")


@pytest.fixture
async def other(kept: ChatPion, account: Account) -> Account:
    return await kept.tenants.create(name="Other")


class Rows:
    """What stands in the database."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "hubbub.db"

    def __call__(self, sql: str, *parameters: object) -> list[Any]:
        connection = sqlite3.connect(self._file)
        try:
            with connection:
                return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return Rows(tmp_path)
