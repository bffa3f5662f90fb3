"""The subject of the contract tests: the fake and the real storage, by the same name."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.subject import MemorySubject, RealSubject, Subject, real_subject


@pytest.fixture(params=["memory", "sqlite"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield MemorySubject()
    else:
        async with real_subject(tmp_path) as real:
            yield real


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealSubject]:
    async with real_subject(tmp_path) as subject:
        yield subject
